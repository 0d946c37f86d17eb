/* networks: trusted_networks and its siblings (Conf/Parser.pm set_ipaddr_list,
 * lint_trusted_networks). */
#include "rules/conf.h"

struct netset *netset_with_loopback(struct arena *arena, const char *name, bool loopback)
{
	struct netset *set = netset_new(arena, name);
	if (loopback) {
		netset_add(set, STR_LIT("127.0.0.0/8"), NULL);
		netset_add(set, STR_LIT("::1"), NULL);
	}
	return set;
}

/* A malformed network is warned of and left out; the others of the line count. */
void conf_add_networks(struct keyword_line *line, struct netset *set, struct str value)
{
	for (struct str word; str_word_next(&value, &word);) {
		struct why why;
		if (netset_add(set, word, &why) != STATUS_OK)
			keyword_diag(line, DIAG_WARN, "%s", why.text);
	}
}

static void check_contained(struct conf *conf, struct netset **set, const char *name,
			    const struct netset *container, const char *container_name)
{
	struct str_vec dropped = {0};
	struct netset *kept = netset_copy(conf->arena, *set);
	netset_keep_contained(kept, container, conf->arena, &dropped);
	for (size_t i = 0; i < dropped.n; i++)
		conf_diag(conf, DIAG_LINT, "%s doesn't contain %s entry '%.*s'", container_name,
			  name, STR_ARG(dropped.items[i]));
	if (dropped.n)
		*set = kept;
}

void conf_lint_networks(struct conf *conf)
{
	struct settings *s = conf->settings;
	if (s->trusted_configured && s->internal_configured)
		check_contained(conf, &s->internal_networks, "internal_networks",
				s->trusted_networks, "trusted_networks");
	if (!s->msa_configured)
		return;
	if (s->trusted_configured)
		check_contained(conf, &s->msa_networks, "msa_networks", s->trusted_networks,
				"trusted_networks");
	else if (s->internal_configured)
		check_contained(conf, &s->msa_networks, "msa_networks", s->internal_networks,
				"internal_networks");
}
