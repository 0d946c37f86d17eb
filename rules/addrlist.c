/*
 * addrlist: see addrlist.h. An entry without wildcards is found by the map; the others are tried in
 * turn by a matcher that never goes back further than the last star, so that no glob is costly.
 */
#include "rules/addrlist.h"

#include "lib/base/map.h"

struct entry {
	struct str glob; /* as matched: lower case, odd bytes replaced */
	bool is_gone, is_wild;
	struct addr_rcvd rcvd;
};
VEC_OF(entry_vec, struct entry *);

struct addr_list {
	struct arena *arena;
	struct map *by_text; /* lower-cased text as given → struct entry * */
	struct entry_vec wild;
};

struct addr_rcvd_list {
	struct addr_list list;
};

/* --- matching ----------------------------------------------------------------------------------
 */

/* SpamAssassin turns a NUL, a backslash and an opening parenthesis into an underscore. */
static struct str matching_text(struct arena *arena, struct str lower)
{
	char *out = arena_cstr(arena, lower);
	for (size_t i = 0; i < lower.len; i++)
		if (out[i] == '\0' || out[i] == '\\' || out[i] == '(')
			out[i] = '_';
	return str_make(out, lower.len);
}

static bool is_wild(struct str glob)
{
	return str_find_char(glob, '*') != STR_NOT_FOUND ||
	       str_find_char(glob, '?') != STR_NOT_FOUND;
}

/* Most globs are "*@host": what is behind the last wildcard must be what the text ends with. */
static bool ends_alike(struct str glob, struct str text)
{
	while (glob.len && glob.ptr[glob.len - 1] != '*' && glob.ptr[glob.len - 1] != '?') {
		if (!text.len || text.ptr[text.len - 1] != glob.ptr[glob.len - 1])
			return false;
		glob.len--;
		text.len--;
	}
	return true;
}

bool addr_glob_matches(struct str glob, struct str text)
{
	size_t g = 0, t = 0, star = STR_NOT_FOUND, star_text = 0;
	if (!ends_alike(glob, text))
		return false;
	while (t < text.len) {
		if (g < glob.len && glob.ptr[g] == '*') {
			star = g++;
			star_text = t;
		} else if (g < glob.len && (glob.ptr[g] == '?' || glob.ptr[g] == text.ptr[t])) {
			g++;
			t++;
		} else if (star != STR_NOT_FOUND) {
			g = star + 1;
			t = ++star_text;
		} else {
			return false;
		}
	}
	while (g < glob.len && glob.ptr[g] == '*')
		g++;
	return g == glob.len;
}

/* --- entries -----------------------------------------------------------------------------------
 */

static void list_init(struct addr_list *list, struct arena *arena)
{
	*list = (struct addr_list){.arena = arena, .by_text = map_new(arena)};
}

static struct entry *list_put(struct addr_list *list, struct str glob)
{
	struct str lower = arena_lower(list->arena, glob);
	struct entry *entry = map_find(list->by_text, lower);
	if (entry)
		return entry;
	entry = ARENA_NEW(list->arena, struct entry);
	entry->glob = matching_text(list->arena, lower);
	entry->is_wild = is_wild(entry->glob);
	entry->rcvd.glob = lower;
	map_put(list->by_text, lower, entry);
	if (entry->is_wild || !str_eq(entry->glob, lower))
		vec_push(list->arena, &list->wild, entry);
	return entry;
}

static bool list_drop(struct addr_list *list, struct str glob)
{
	struct str lower = arena_lower(list->arena, glob);
	struct entry *entry = map_find(list->by_text, lower);
	if (!entry)
		return false;
	entry->is_gone = true;
	return map_remove(list->by_text, lower);
}

static void list_copy(struct addr_list *to, const struct addr_list *from)
{
	size_t cursor = 0;
	for (const struct map_entry *e; (e = map_next(from->by_text, &cursor));) {
		const struct entry *old = e->value;
		struct entry *entry = ARENA_NEW(to->arena, struct entry);
		*entry = *old;
		entry->rcvd.domains = (struct str_vec){0};
		for (size_t i = 0; i < old->rcvd.domains.n; i++)
			vec_push(to->arena, &entry->rcvd.domains, old->rcvd.domains.items[i]);
		map_put(to->by_text, e->key, entry);
		if (entry->is_wild || !str_eq(entry->glob, e->key))
			vec_push(to->arena, &to->wild, entry);
	}
}

/* --- plain lists --------------------------------------------------------------------------------
 */

struct addr_list *addr_list_new(struct arena *arena)
{
	struct addr_list *list = ARENA_NEW(arena, struct addr_list);
	list_init(list, arena);
	return list;
}

struct addr_list *addr_list_copy(struct arena *arena, const struct addr_list *list)
{
	struct addr_list *copy = addr_list_new(arena);
	list_copy(copy, list);
	return copy;
}

void addr_list_add(struct addr_list *list, struct str glob)
{
	list_put(list, glob);
}

bool addr_list_remove(struct addr_list *list, struct str glob)
{
	return list_drop(list, glob);
}

/* Lower case without an arena: addresses are short; longer than this is no address that a list
 * could mean. */
enum { ADDRESS_BYTES_MAX = 4096 };

static struct str lower_into(char *room, struct str s)
{
	size_t len = s.len < ADDRESS_BYTES_MAX ? s.len : ADDRESS_BYTES_MAX;
	for (size_t i = 0; i < len; i++)
		room[i] = ascii_lower(s.ptr[i]);
	return str_make(room, len);
}

struct str addr_list_match(const struct addr_list *list, struct str address)
{
	char room[ADDRESS_BYTES_MAX];
	struct str lower = lower_into(room, address);
	const struct entry *exact = map_find(list->by_text, lower);
	if (exact && !exact->is_wild && str_eq(exact->glob, lower))
		return exact->glob;
	for (size_t i = 0; i < list->wild.n; i++) {
		const struct entry *entry = list->wild.items[i];
		if (!entry->is_gone && addr_glob_matches(entry->glob, lower))
			return entry->glob;
	}
	return STR_NONE;
}

size_t addr_list_count(const struct addr_list *list)
{
	return map_count(list->by_text);
}

/* --- lists with relays ---------------------------------------------------------------------------
 */

struct addr_rcvd_list *addr_rcvd_list_new(struct arena *arena)
{
	struct addr_rcvd_list *list = ARENA_NEW(arena, struct addr_rcvd_list);
	list_init(&list->list, arena);
	return list;
}

struct addr_rcvd_list *addr_rcvd_list_copy(struct arena *arena, const struct addr_rcvd_list *list)
{
	struct addr_rcvd_list *copy = addr_rcvd_list_new(arena);
	list_copy(&copy->list, &list->list);
	return copy;
}

void addr_rcvd_list_add(struct addr_rcvd_list *list, struct str glob, struct str domain)
{
	struct entry *entry = list_put(&list->list, glob);
	vec_push(list->list.arena, &entry->rcvd.domains, arena_lower(list->list.arena, domain));
}

bool addr_rcvd_list_remove(struct addr_rcvd_list *list, struct str glob)
{
	return list_drop(&list->list, glob);
}

bool addr_rcvd_list_remove_domain(struct addr_rcvd_list *list, struct str glob, struct str domain)
{
	struct entry *entry = map_find(list->list.by_text, arena_lower(list->list.arena, glob));
	if (!entry)
		return false;
	struct str_vec *domains = &entry->rcvd.domains;
	size_t n_kept = 0;
	for (size_t i = 0; i < domains->n; i++)
		if (!str_eq_ci(domains->items[i], domain))
			domains->items[n_kept++] = domains->items[i];
	bool any_removed = n_kept < domains->n;
	domains->n = n_kept;
	return n_kept == 0 ? list_drop(&list->list, glob) : any_removed;
}

size_t addr_rcvd_list_count(const struct addr_rcvd_list *list)
{
	return map_count(list->list.by_text);
}

void addr_rcvd_list_match(const struct addr_rcvd_list *list, struct arena *scan, struct str address,
			  struct addr_rcvd_vec *out)
{
	char room[ADDRESS_BYTES_MAX];
	struct str lower = lower_into(room, address);
	const struct entry *exact = map_find(list->list.by_text, lower);
	if (exact && !exact->is_wild && str_eq(exact->glob, lower))
		vec_push(scan, out, &exact->rcvd);
	for (size_t i = 0; i < list->list.wild.n; i++) {
		const struct entry *entry = list->list.wild.items[i];
		if (!entry->is_gone && addr_glob_matches(entry->glob, lower))
			vec_push(scan, out, &entry->rcvd);
	}
}
