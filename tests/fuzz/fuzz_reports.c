/* fuzz_reports: a line of an export. What can be read is written and read again as the same. */
#include "lib/base/must.h"
#include "reputation/exchange.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void read_again(struct arena *arena, const struct ledger_report *report)
{
	struct ledger_report again;
	struct buf text;

	buf_init(&text, arena);
	exchange_write(&text, report);
	must(exchange_read(arena, buf_str(&text), &again, NULL) == STATUS_OK);
	must(str_eq(report->id, again.id) && str_eq(report->reporter, again.reporter));
	must(report->at_s == again.at_s);
	must(report->n_keys == again.n_keys && str_eq(report->signature, again.signature));
	must(!report->seen == !again.seen);
	for (size_t i = 0; report->seen && i < report->n_keys; i++)
		must(memcmp(&report->seen[i], &again.seen[i], sizeof again.seen[i]) == 0);
	exchange_check(arena, report, NULL);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct arena *arena = arena_new("fuzz", 0);
	struct str line = str_make((const char *)data, size);
	struct exchange_head head;
	struct ledger_report report;

	exchange_read_head(arena, line, &head, NULL);
	if (exchange_read(arena, line, &report, NULL) == STATUS_OK)
		read_again(arena, &report);
	arena_free(arena);
	return 0;
}
