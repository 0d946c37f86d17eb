/* Any bytes as configuration: first as the administrator's, then as a user's over it. */
#include <stdint.h>

#include "lib/base/log.h"
#include "rules/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct log_settings quiet = {.kind = LOG_KIND_NONE};
	log_open(&quiet, NULL);
	struct arena *keep = arena_new("keep", 0), *scan = arena_new("scan", 0);
	struct load_options options = {.rules_path = "/nonexistent",
				       .site_path = "/nonexistent",
				       .rules_optional = true,
				       .lint = size & 1,
				       .local_tests_only = size & 2};
	struct str text = str_make((const char *)data, size);
	struct diag_sink diags = {.arena = keep};
	struct ruleset *ruleset;
	vec_push(keep, &options.cf, STR_LIT("body KEEP /keep/"));
	vec_push(keep, &options.cf, text);
	if (ruleset_load(keep, &options, NULL, &diags, &ruleset, NULL) == STATUS_OK)
		prefs_read(scan, ruleset_prefs(ruleset), text, "user_prefs");
	arena_free(scan);
	arena_free(keep);
	return 0;
}
