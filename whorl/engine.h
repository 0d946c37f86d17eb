/*
 * engine: rules and what scanning a message takes, without a daemon: what subcommands share.
 */
#ifndef WHORL_WHORL_ENGINE_H
#define WHORL_WHORL_ENGINE_H

#include "rules/load.h"
#include "spamd/config.h"
#include "spamd/verdict.h"

/* What is common to the command lines of SpamAssassin's commands. */
struct engine_args {
	const char *configpath, *siteconfigpath, *prefspath, *username, *debug;
	const char *spamd_conf; /* NULL: the default path */
	struct str_vec pre, cf;
	bool local, create_prefs, lint;
	bool settings_only;  /* nothing will be scanned */
	bool has_layer;      /* pre has the lines of the fingerprint layer already */
	bool plain_warnings; /* on stderr, as sa-learn has them */
	char ip_version;
};

struct engine {
	struct arena *keep, *scan; /* scan: of one message; engine_next() empties it */
	const struct engine_args *args;
	struct ruleset *ruleset;
	struct diag_sink diags;
	struct str hostname;
	struct str owner;                    /* engine_owner() */
	const char *prefs_path;              /* the user's; NULL: none */
	struct timing *timing;               /* of the message */
	struct reputation_config reputation; /* of spamd.conf; state NULL: none, or not for us */
};

/* Open the log on stderr: warnings, with -D more. */
enum status engine_open_log(const struct engine_args *args, struct why *why);
/*
 * Load rules and the user's preferences, and the fingerprint layer when spamd.conf has a reputation
 * section whose state this account may read (made when they are missing and args wants that). What
 * is wrong with the configuration is logged: as warnings with args->lint, else for -D only but for
 * what SpamAssassin warns of.
 */
enum status engine_open(struct engine *engine, struct arena *keep, const struct engine_args *args,
			struct why *why);
/* Everything of the message before is forgotten. */
void engine_next(struct engine *engine);
struct message *engine_parse(struct engine *engine, struct str text);
const struct verdict *engine_scan(struct engine *engine, struct message *message);
/* A message for learners: without the marks of a filter, enriched, no rule has run. */
struct scan *engine_prepare(struct engine *engine, struct str text);
/* Its relays, headers and texts, for who needs no rules. */
struct mail *engine_mail(struct engine *engine, struct message *message);
/* Whose learning and histories are used: --username, or the account. */
struct str engine_owner(const struct engine *engine);
void engine_close(struct engine *engine);

#endif
