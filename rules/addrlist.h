/*
 * addrlist: address globs (* and ?) as welcomelist_from and its family use them: lower-cased,
 * anchored; looked up by exact address first, then by glob. Thousands of entries are normal.
 */
#ifndef WHORL_RULES_ADDRLIST_H
#define WHORL_RULES_ADDRLIST_H

#include "lib/base/vec.h"

/* * any bytes, ? one, all else literal; the whole text. */
bool addr_glob_matches(struct str glob, struct str text);

struct addr_list;
struct addr_list *addr_list_new(struct arena *arena);
struct addr_list *addr_list_copy(struct arena *arena, const struct addr_list *list);
void addr_list_add(struct addr_list *list, struct str glob);
bool addr_list_remove(struct addr_list *list, struct str glob); /* the same text as added */
/* The glob that matches address (lower-cased inside), or ptr NULL. */
struct str addr_list_match(const struct addr_list *list, struct str address);
size_t addr_list_count(const struct addr_list *list);

/* welcomelist_from_rcvd: a glob and the relays it may come through. */
struct addr_rcvd {
	struct str glob;
	struct str_vec domains; /* rdns suffixes or [ip] networks */
};
struct addr_rcvd_list;
struct addr_rcvd_list *addr_rcvd_list_new(struct arena *arena);
struct addr_rcvd_list *addr_rcvd_list_copy(struct arena *arena, const struct addr_rcvd_list *list);
void addr_rcvd_list_add(struct addr_rcvd_list *list, struct str glob, struct str domain);
bool addr_rcvd_list_remove(struct addr_rcvd_list *list, struct str glob);
/* One domain of a glob; the glob goes with its last (unwelcomelist_from_dkim). */
bool addr_rcvd_list_remove_domain(struct addr_rcvd_list *list, struct str glob, struct str domain);
size_t addr_rcvd_list_count(const struct addr_rcvd_list *list);
/* All entries whose glob matches, appended to out (pointers into the list). */
VEC_OF(addr_rcvd_vec, const struct addr_rcvd *);
void addr_rcvd_list_match(const struct addr_rcvd_list *list, struct arena *scan, struct str address,
			  struct addr_rcvd_vec *out);

#endif
