/* wire: see wire.h. */
#include "lib/wire/wire.h"

const char *wire_verb_name(enum wire_verb verb)
{
	switch (verb) {
	case WIRE_VERB_CHECK:
		return "CHECK";
	case WIRE_VERB_SYMBOLS:
		return "SYMBOLS";
	case WIRE_VERB_REPORT:
		return "REPORT";
	case WIRE_VERB_REPORT_IFSPAM:
		return "REPORT_IFSPAM";
	case WIRE_VERB_PROCESS:
		return "PROCESS";
	case WIRE_VERB_HEADERS:
		return "HEADERS";
	case WIRE_VERB_TELL:
		return "TELL";
	case WIRE_VERB_PING:
		return "PING";
	case WIRE_VERB_SKIP:
		return "SKIP";
	case WIRE_VERB_NONE:
		break;
	}
	return "NONE";
}
