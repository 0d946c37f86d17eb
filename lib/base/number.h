/* number: checked text → number. The whole view must be the number; false leaves *out untouched. */
#ifndef WHORL_BASE_NUMBER_H
#define WHORL_BASE_NUMBER_H

#include <stdint.h>
#include "lib/base/str.h"

bool number_u64(struct str s, uint64_t *out); /* [0-9]+ without overflow */
/* The number in an environment variable; 0 when there is none, or something else. */
uint64_t number_in_environment(const char *name);
bool number_i64(struct str s, int64_t *out);  /* [+-]?[0-9]+ */
bool number_hex(struct str s, uint64_t *out); /* [0-9a-fA-F]+ */
bool number_octal(struct str s, uint64_t *out);
bool number_decimal(struct str s, double *out); /* [+-]?\d+(\.\d*)?|[+-]?\.\d+, "C" locale always */
/* What Perl makes of a string in number context: leading blanks, then the longest number, else 0.
 */
double number_perl(struct str s);
/* number + optional s m h d w (SpamAssassin duration) → seconds */
bool number_duration_s(struct str s, double *out);
/* Text of a number with 0 to 3 decimals, as printf(3) writes "%.*f" in the "C" locale;
 * NUL-terminated into out (>= NUMBER_FIXED_BYTES); returns the length. */
enum { NUMBER_FIXED_BYTES = 320 };
int number_format_fixed(double value, int decimals, char *out);
/* What that text is as a number. */
double number_round(double value, int decimals);
/* Perl's default number → text ("%.15g"), NUL-terminated into out (>= 32 bytes); returns length. */
int number_format_perl(double value, char *out);

#endif
