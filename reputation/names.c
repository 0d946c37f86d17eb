/* names: see names.h. */
#include "reputation/names.h"

static const char *const classes[] = {
	[TRUST_HONEYPOT] = "honeypot",
	[TRUST_ADMIN] = "admin",
	[TRUST_USER] = "user",
	[TRUST_AUTOMATIC] = "automatic",
};
enum { N_CLASSES = sizeof classes / sizeof *classes };

const char *trust_class_name(uint8_t class)
{
	return class < N_CLASSES ? classes[class] : "?";
}

bool trust_class_find(struct str name, enum trust_class *class_out)
{
	for (int i = 0; i < N_CLASSES; i++)
		if (str_eq_c(name, classes[i])) {
			*class_out = (enum trust_class)i;
			return true;
		}
	return false;
}

const char *trust_state_name(uint8_t state)
{
	static const char *const names[] = {
		[TRUST_UNKNOWN] = "unknown",       [TRUST_SUSPECT] = "suspect",
		[TRUST_PUBLISHED] = "spam",        [TRUST_CONTESTED] = "contested",
		[TRUST_LEGITIMATE] = "legitimate",
	};

	return state < sizeof names / sizeof *names ? names[state] : "?";
}

const char *trust_kind_name(uint8_t kind)
{
	if (kind == TRUST_SEEN)
		return "seen";
	return kind == TRUST_REVOKE ? "revoke" : "report";
}
