/* lint: see lint.h. */
#include "whorl/lint.h"

#include "lib/base/buf.h"
#include "lib/base/log.h"

enum { BODY_LINES = 20 };

/* A message of no interest: that rules run at all is what is asked. */
static struct str sample(struct arena *arena)
{
	struct buf text;

	buf_init(&text, arena);
	buf_printf(&text,
		   "From: ignore@compiling.spamassassin.taint.org\nSubject: \n"
		   "Message-Id: <%lld@lint_rules>\n\n",
		   (long long)clock_wall_s());
	for (int i = 0; i < BODY_LINES; i++)
		buf_add_cstr(&text, "Some lines of English, so that guessing the language works\n");
	return buf_str(&text);
}

int lint(struct engine *engine)
{
	struct settings *settings = &engine->ruleset->settings;
	size_t n = engine->diags.n_lint;

	settings->bayes_auto_learn = false;
	engine_scan(engine, engine_parse(engine, sample(engine->scan)));
	if (n > 0 && !engine->args->debug)
		log_warn("lint: %zu issues detected, please rerun with debug enabled for more "
			 "information",
			 n);
	return n > 0 ? 1 : 0;
}
