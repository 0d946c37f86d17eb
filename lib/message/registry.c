#include "lib/message/uri_host.h"

/* The names of each level as sets; values only mark presence. */
struct registry {
	struct arena *keep;
	struct map *level[4]; /* 1, 2, 3 are used */
	bool idn;
};

static const char *const us_states[] = {
	"al", "ak", "ar", "az", "ca", "co", "ct", "dc", "de", "fl", "ga", "gu", "hi", "ia",
	"id", "il", "in", "ks", "ky", "la", "ma", "md", "me", "mi", "mn", "mo", "ms", "mt",
	"nc", "nd", "ne", "nh", "nj", "nm", "nv", "ny", "oh", "ok", "or", "pa", "pr", "ri",
	"sc", "sd", "tn", "tx", "ut", "va", "vi", "vt", "wa", "wi", "wv", "wy",
};

enum { LABELS_MAX = 128, FQDN_BYTES = 253, LABEL_BYTES = 63 };

struct registry *registry_new(struct arena *keep)
{
	struct registry *registry = ARENA_NEW(keep, struct registry);

	registry->keep = keep;
	registry_clear(registry);
	return registry;
}

void registry_clear(struct registry *registry)
{
	for (int i = 1; i <= 3; i++)
		registry->level[i] = map_new(registry->keep);
}

void registry_use_idn(struct registry *registry, bool use)
{
	registry->idn = use;
}

bool registry_uses_idn(const struct registry *registry)
{
	return registry->idn;
}

void registry_add(struct registry *registry, unsigned level, struct str name)
{
	if (level >= 1 && level <= 3)
		map_put(registry->level[level], arena_lower(registry->keep, name), registry);
}

bool registry_has_tlds(const struct registry *registry)
{
	return map_count(registry->level[1]) > 0;
}

static bool in_level(const struct registry *registry, unsigned level, struct str name)
{
	char lower[256];

	if (name.len >= sizeof lower)
		return false;
	for (size_t i = 0; i < name.len; i++)
		lower[i] = ascii_lower(name.ptr[i]);
	return map_has(registry->level[level], str_make(lower, name.len));
}

bool registry_is_tld(const struct registry *registry, struct str label)
{
	return in_level(registry, 1, label);
}

static bool is_us_state(struct str label)
{
	for (size_t i = 0; i < sizeof us_states / sizeof *us_states; i++)
		if (str_eq_ci_c(label, us_states[i]))
			return true;
	return false;
}

/* Is the rest of the name from label i on (n labels left) itself a registry, so that one label more
 * is the domain? */
static bool is_registry(const struct registry *registry, struct str host, const struct str *labels,
			size_t n)
{
	struct str rest = str_from_at(host, (size_t)(labels[0].ptr - host.ptr));

	if (n == 2)
		return in_level(registry, 2, rest);
	if (n == 3)
		return str_eq_ci_c(labels[2], "us") ? is_us_state(labels[1])
						    : in_level(registry, 3, rest);
	if (n == 4 && str_eq_ci_c(labels[3], "us") && is_us_state(labels[2]))
		return (str_eq_ci_c(labels[0], "pvt") && str_eq_ci_c(labels[1], "k12")) ||
		       str_eq_ci_c(labels[0], "ci") || str_eq_ci_c(labels[0], "co");
	return false;
}

struct str registry_trim(const struct registry *registry, struct str host)
{
	struct str labels[LABELS_MAX], rest;
	size_t n = 0, at = 0;

	while (host.len > 0 && host.ptr[0] == '.')
		host = str_from_at(host, 1);
	while (host.len > 0 && host.ptr[host.len - 1] == '.')
		host.len--;
	rest = host;
	while (n < LABELS_MAX && str_split_next(&rest, '.', &labels[n]))
		n++;
	if (n == 0)
		return host;
	while (n - at > 1 && !is_registry(registry, host, &labels[at], n - at))
		at++;
	if (at > 0)
		at--;
	return str_from_at(host, (size_t)(labels[at].ptr - host.ptr));
}

static bool label_is_valid(struct str label, bool near_top)
{
	if (label.len < 1 || label.len > LABEL_BYTES || label.ptr[0] == '-' ||
	    label.ptr[label.len - 1] == '-')
		return false;
	for (size_t i = 0; i < label.len; i++) {
		char c = label.ptr[i];

		if (!ascii_is_alnum((unsigned char)c) && c != '-' && (c != '_' || near_top))
			return false;
	}
	return true;
}

/* Two labels or more, each well-formed (Util.pm is_fqdn_valid). */
bool uri_host_is_fqdn(struct str host)
{
	struct str labels[LABELS_MAX];
	size_t n = 0;

	while (host.len > 0 && host.ptr[host.len - 1] == '.')
		host.len--;
	if (host.len > FQDN_BYTES)
		return false;
	while (n < LABELS_MAX && str_split_next(&host, '.', &labels[n]))
		n++;
	if (n < 2)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!label_is_valid(labels[i], n - i <= 2))
			return false;
	return true;
}

bool uri_host_has_tld(const struct registry *registry, struct str host)
{
	size_t dot = str_rfind_char(host, '.');

	for (size_t i = 0; i < host.len; i++)
		if (ascii_is_space((unsigned char)host.ptr[i]))
			return false;
	return dot != STR_NOT_FOUND && dot + 1 < host.len &&
	       registry_is_tld(registry, str_from_at(host, dot + 1));
}
