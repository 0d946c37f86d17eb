/* names: what classes and states are called in configurations, files and tables. */
#ifndef WHORL_REPUTATION_NAMES_H
#define WHORL_REPUTATION_NAMES_H

#include "reputation/trust.h"

/* "honeypot", "admin", "user", "automatic"; "?" for what is none. */
const char *trust_class_name(uint8_t class);
bool trust_class_find(struct str name, enum trust_class *class_out);
/* "unknown", "suspect", "spam", "contested", "legitimate". */
const char *trust_state_name(uint8_t state);
/* "report", "revoke". */
const char *trust_kind_name(uint8_t kind);

#endif
