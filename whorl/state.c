/* state: see state.h. */
#include "whorl/state.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/base/encode.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/wire/wire.h"
#include "reputation/exchange.h"
#include "reputation/reputation.h"
#include "whorl/engine.h"

bool state_args_parse(struct arena *keep, const struct option_table *table, int argc,
		      char *const *argv, void *target, struct str_vec *words_out,
		      const char *usage_line, int *exit_out)
{
	const struct state_args *args = target;
	struct str_vec words = {0};
	bool ok = options_parse(keep, table, argc, argv, target, &words) == OPTIONS_OK;

	if (ok && words.n && !words_out) {
		fprintf(stderr, "Unexpected: %.*s\n", STR_ARG(words.items[0]));
		ok = false;
	}
	if (words_out)
		*words_out = words;
	*exit_out = ok ? WIRE_OK : WIRE_USAGE;
	if (ok && !args->help)
		return true;
	fprintf(ok ? stdout : stderr, "Usage: %s\n\nOptions:\n", usage_line);
	options_print(table, ok);
	return false;
}

static enum status open_all(struct state *state, const struct state_args *args, bool create,
			    struct why *why)
{
	const struct engine_args engine = {.debug = args->debug};
	struct config config;
	enum status status = engine_open_log(&engine, why);

	if (status == STATUS_OK)
		status = config_read(state->keep, args->config, &config, why);
	if (status != STATUS_OK)
		return status;
	state->config = config.reputation;
	if (args->state)
		state->config.state = args->state;
	if (!state->config.state)
		return why_set(
			why, STATUS_INVALID,
			"no state folder: give --state, or --config with a reputation section");
	if (create)
		status = reputation_prepare(state->config.state, why);
	if (status == STATUS_OK)
		status = ledger_open(state->keep, state->config.state, create, &state->ledger, why);
	if (status == STATUS_NOT_FOUND)
		return why_set(why, status, "nothing has been reported in %s yet",
			       state->config.state);
	return status == STATUS_OK ? ask_new(state->keep, state->ledger, &state->ask, why) : status;
}

bool state_open(struct state *state, struct arena *keep, const struct state_args *args, bool create,
		int *exit_out)
{
	struct why why;
	enum status status;

	*state = (struct state){.keep = keep};
	status = open_all(state, args, create, &why);
	if (status == STATUS_OK)
		return true;
	log_error("%s", why.text);
	*exit_out = status == STATUS_NOT_FOUND && state->config.state ? WIRE_NOINPUT : WIRE_CONFIG;
	return false;
}

enum status state_add_head(struct buf *out, const char *folder, bool with_key, struct why *why)
{
	unsigned char key[REPUTATION_KEY_BYTES];
	char id[REPUTATION_NETWORK_ID_BYTES];
	enum status status = reputation_read_key(folder, key, why);
	struct buf hex;

	if (status != STATUS_OK)
		return status;
	reputation_network_id(key, id);
	buf_init(&hex, NULL);
	encode_hex(&hex, str_make((const char *)key, sizeof key));
	exchange_write_head(out, id, with_key ? buf_cstr(&hex) : NULL);
	buf_free(&hex);
	return STATUS_OK;
}

const char *state_time(struct arena *arena, int64_t at_s)
{
	struct tm parts;
	time_t at = (time_t)at_s;
	char text[32];

	if (!at_s || !gmtime_r(&at, &parts) ||
	    !strftime(text, sizeof text, "%Y-%m-%d %H:%M", &parts))
		return "-";
	return arena_cstr(arena, str_from(text));
}

int state_print(struct buf *out)
{
	struct why why;
	enum status status = fd_write_all(STDOUT_FILENO, buf_str(out), &why);

	buf_clear(out);
	if (status == STATUS_OK)
		return WIRE_OK;
	log_error("error writing: %s", why.text);
	return WIRE_IOERR;
}
