/* fingerprint, lookup: the keys of messages, and what is known of them. */
#include <stdio.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/wire/wire.h"
#include "whorl/command.h"
#include "whorl/fingerprints.h"

struct lookup {
	struct fingerprints base;
	struct reputation *reputation; /* NULL: keys only */
};

static const char *hex(struct arena *arena, uint64_t key)
{
	return arena_printf(arena, "%016llx", (unsigned long long)key).ptr;
}

/* The opinion on the keys, or NULL. */
static struct reputation_opinion *opinion_of(struct lookup *lookup,
					     const struct fingerprint_set *set)
{
	struct arena *scan = lookup->base.engine.scan;
	struct reputation_key *keys = ARENA_ARRAY(scan, struct reputation_key, set->keys.n + 1);

	if (!lookup->reputation)
		return NULL;
	for (size_t i = 0; i < set->keys.n; i++)
		keys[i] = (struct reputation_key){set->keys.items[i].algorithm,
						  set->keys.items[i].key};
	return reputation_look_up(scan, lookup->reputation, keys, set->keys.n);
}

static const struct reputation_match *match_of(const struct reputation_opinion *opinion, size_t i)
{
	for (size_t k = 0; opinion && k < opinion->matches.n; k++)
		if (opinion->matches.items[k].index == i)
			return &opinion->matches.items[k];
	return NULL;
}

/* What a message's keys say all in all, in one word. */
static const char *state_name(const struct reputation_opinion *opinion)
{
	if (opinion->is_contested)
		return "contested";
	if (opinion->confidence >= 95)
		return "confirmed";
	if (opinion->confidence >= 80)
		return "probable";
	if (opinion->confidence >= 50)
		return "suspect";
	return opinion->is_legitimate ? "legitimate" : "unknown";
}

static const char *class_name(const struct reputation_opinion *opinion)
{
	if (opinion->confidence >= 50)
		return "spam";
	return opinion->is_legitimate ? "legitimate" : "unknown";
}

/* --- JSON --- */

static void json_key(struct json *json, struct arena *scan, const struct fingerprint *print,
		     const struct reputation_match *match)
{
	json_open(json, NULL, '{');
	json_string(json, "alg", str_from(fingerprint_name(print->algorithm)));
	json_number(json, "version", print->version);
	json_string(json, "key", str_from(hex(scan, print->key)));
	json_number(json, "part", print->part);
	json_number(json, "strength", print->strength);
	if (match) {
		json_string(json, "state", str_from(trust_state_name(match->state)));
		json_number(json, "log_odds", match->log_odds);
		json_number(json, "groups", match->groups);
		json_bool(json, "counts", match->counts);
	}
	json_close(json, '}');
}

static void print_json(struct buf *out, struct arena *scan, struct str name,
		       const struct fingerprint_set *set, const struct reputation_opinion *opinion)
{
	struct json json;

	json_init(&json, out);
	json_open(&json, NULL, '{');
	json_string(&json, "file", name);
	if (opinion) {
		json_number(&json, "confidence", opinion->confidence);
		json_string(&json, "class", str_from(class_name(opinion)));
		json_string(&json, "state", str_from(state_name(opinion)));
	}
	json_open(&json, "keys", '[');
	for (size_t i = 0; i < set->keys.n; i++)
		json_key(&json, scan, &set->keys.items[i], match_of(opinion, i));
	json_close(&json, ']');
	json_open(&json, "withheld", '[');
	for (size_t i = 0; i < set->withheld.n; i++) {
		json_open(&json, NULL, '{');
		json_string(&json, "alg",
			    str_from(fingerprint_name(set->withheld.items[i].algorithm)));
		json_number(&json, "part", set->withheld.items[i].part);
		json_string(&json, "why", str_from(set->withheld.items[i].why));
		json_close(&json, '}');
	}
	json_close(&json, ']');
	json_close(&json, '}');
	buf_add_char(out, '\n');
}

/* --- text --- */

static void print_text(struct buf *out, struct str name, const struct fingerprint_set *set,
		       const struct reputation_opinion *opinion)
{
	buf_printf(out, "%.*s\n", STR_ARG(name));
	if (opinion)
		buf_printf(out, "  confidence %u %%, %s\n", opinion->confidence,
			   state_name(opinion));
	buf_printf(out, "  %-4s  %-16s  %4s  %8s%s\n", "alg", "key", "part", "strength",
		   opinion ? "  state" : "");
	for (size_t i = 0; i < set->keys.n; i++) {
		const struct fingerprint *print = &set->keys.items[i];
		const struct reputation_match *match = match_of(opinion, i);

		buf_printf(out, "  %-4s  %016llx  %4u  %8u", fingerprint_name(print->algorithm),
			   (unsigned long long)print->key, print->part, print->strength);
		if (match)
			buf_printf(out, "  %s, %u groups, %+.1f%s", trust_state_name(match->state),
				   match->groups, match->log_odds,
				   match->counts ? "" : " (not counted alone)");
		buf_add_char(out, '\n');
	}
	for (size_t i = 0; i < set->withheld.n; i++)
		buf_printf(out, "  %-4s  withheld          %4u  %s\n",
			   fingerprint_name(set->withheld.items[i].algorithm),
			   set->withheld.items[i].part, set->withheld.items[i].why);
}

/* --- */

static bool print_message(struct lookup *lookup, size_t i)
{
	struct fingerprints *base = &lookup->base;
	struct arena *scan = base->engine.scan;
	struct message *message = fingerprints_read(base, i);
	struct buf out;
	struct why why;

	if (!message)
		return false;
	struct fingerprint_set *set =
		fingerprint_make(scan, base->settings, fingerprints_mail(base, message));
	struct reputation_opinion *opinion = opinion_of(lookup, set);
	struct str name = fingerprints_name(base, i);
	buf_init(&out, scan);
	if (base->args.json)
		print_json(&out, scan, name, set, opinion);
	else
		print_text(&out, name, set, opinion);
	if (fd_write_all(STDOUT_FILENO, buf_str(&out), &why) == STATUS_OK)
		return true;
	log_error("error writing: %s", why.text);
	return false;
}

static int print_all(struct lookup *lookup)
{
	int status = lookup->base.missing ? WIRE_NOINPUT : WIRE_OK;

	for (size_t i = 0; i < lookup->base.messages.n; i++)
		if (!print_message(lookup, i))
			status = WIRE_NOINPUT;
	return status;
}

static int run_fingerprint(int argc, char *const *argv)
{
	struct lookup lookup = {.reputation = NULL};
	int status;

	if (fingerprints_open(&lookup.base, argc, argv, "whorl fingerprint [options] [FILE...]",
			      FINGERPRINTS_KEYS, &status))
		status = print_all(&lookup);
	fingerprints_close(&lookup.base);
	return status;
}

static int run_lookup(int argc, char *const *argv)
{
	struct lookup lookup = {.reputation = NULL};
	struct why why;
	int status;

	if (fingerprints_open(&lookup.base, argc, argv, "whorl lookup [options] [FILE...]",
			      FINGERPRINTS_LOOKUP, &status)) {
		if (reputation_open(lookup.base.keep, lookup.base.config.state, &lookup.reputation,
				    &why) == STATUS_OK) {
			status = print_all(&lookup);
		} else {
			log_error("%s", why.text);
			status = WIRE_CONFIG;
		}
	}
	fingerprints_close(&lookup.base);
	return status;
}

const struct command command_fingerprint = {"fingerprint", "the keys of a message", NULL,
					    run_fingerprint};
const struct command command_lookup = {"lookup", "what is known of a message's keys", NULL,
				       run_lookup};
