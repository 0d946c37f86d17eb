/* report: the text forms of a verdict: report, summary table, preview (PerMsgStatus.pm get_report,
 * check_cleanup). */
#ifndef WHORL_SPAMD_REPORT_H
#define WHORL_SPAMD_REPORT_H

#include "spamd/verdict.h"

/* The report template with its tags replaced, ending in exactly one empty line: the body of REPORT.
 */
struct str report_make(struct arena *arena, const struct verdict *verdict);
/* One row a hit: the long form is _SUMMARY_, the terse one _REPORT_ (without its leading newline).
 */
struct str report_rows(struct arena *arena, const struct verdict *verdict, bool terse);
/* _PREVIEW_: the first lines of the text, about 200 bytes. */
struct str report_preview(struct arena *arena, const struct verdict *verdict);

#endif
