/*
 * reputation: what fingerprints mean. The public side of this folder: plugins look keys up and hear
 * one opinion on a message; spamd and whorl hand reports in. Reports go to a ledger (ledger.h)
 * before anybody is answered; the keeper (keeper.h) folds them (trust.h) and writes what is known
 * of each key to a table (table.h) that all children read.
 */
#ifndef WHORL_REPUTATION_REPUTATION_H
#define WHORL_REPUTATION_REPUTATION_H

#include <stdint.h>
#include <sys/types.h>

#include "lib/base/vec.h"
#include "lib/base/why.h"

/* Wire numbers: registered in doc/fingerprints.md, never used again for anything else. */
enum fingerprint_algorithm {
	FINGERPRINT_TXT = 1,  /* all words of a text */
	FINGERPRINT_TXS = 2,  /* a short text with the hosts or contacts it names */
	FINGERPRINT_ANC = 3,  /* winnowed shingles of words */
	FINGERPRINT_HOST = 4, /* registrable domain or host of a link */
	FINGERPRINT_URL = 5,  /* host and path template of a link */
	FINGERPRINT_DOM = 6,  /* tag skeleton of HTML */
	FINGERPRINT_ATT = 7,  /* an attachment */
	FINGERPRINT_IMG = 8,  /* an image as seen */
	FINGERPRINT_CTK = 9,  /* address, wallet, account, handle */
	FINGERPRINT_EPH = 10, /* sections drawn by day */
	FINGERPRINT_HDR = 11, /* shape of the header; support */
	FINGERPRINT_SUB = 12, /* subject template; support */
	FINGERPRINT_ANS = 13, /* short shingles: many must agree */
	FINGERPRINT_PTH = 14, /* paths of all links and pictures, without hosts */
	FINGERPRINT_SND = 15, /* mailbox of the sender; support */
	FINGERPRINT_ANT = 16, /* short shingles of a trailer: support */
	FINGERPRINT_TEL = 17, /* telephone number; support */
	FINGERPRINT_PDF = 18, /* names in the objects of a PDF: support */
	FINGERPRINT_ALGORITHMS = 19,
	/* for engines of third parties, by what they look at (their family below): no two may use
	 * one number on a network */
	FINGERPRINT_X28 = 28, /* text */
	FINGERPRINT_X29 = 29, /* links */
	FINGERPRINT_X30 = 30, /* objects */
	FINGERPRINT_X31 = 31, /* contacts */
	FINGERPRINT_ALGORITHMS_MAX = 32,
};

struct reputation_key {
	uint8_t algorithm;
	uint64_t key;
};

/* Ways of knowing a message again that fail for different reasons. */
enum reputation_family {
	REPUTATION_TEXT,
	REPUTATION_LINK,
	REPUTATION_STRUCT,
	REPUTATION_OBJECT,
	REPUTATION_CONTACT,
	REPUTATION_SENDER,
	REPUTATION_FAMILIES,
};

/* A key of the message that somebody has reported. */
struct reputation_match {
	size_t index;              /* in the keys that were asked for */
	uint8_t state, groups;     /* enum trust_state */
	bool has_honeypot, counts; /* counts: false where too few of its kind are there */
	double log_odds;
};
VEC_OF(reputation_match_vec, struct reputation_match);

struct reputation_opinion {
	unsigned confidence; /* 0 to 100 that it is spam; 10 when nothing is known */
	double log_odds;
	double families[REPUTATION_FAMILIES];
	unsigned n_families; /* that speak for spam */
	bool has_honeypot, is_contested, is_legitimate;
	struct reputation_match_vec matches;
};

struct reputation;

enum { REPUTATION_KEY_BYTES = 16 };

/* The state folder with an empty table and a network key of its own, unless they are there. Done
 * before anybody reads them, with the rights of whoever will keep it. */
enum status reputation_prepare(const char *state, struct why *why);
/* As root: the folder, made when absent, and those of its files that are root's (a package made it,
 * or a service manager) go to whoever will keep them. */
enum status reputation_hand_over(const char *state, uid_t uid, gid_t gid, struct why *why);
/* STATUS_NOT_FOUND: not prepared; STATUS_INVALID: no such key in the file. */
enum status reputation_read_key(const char *state, unsigned char key_out[REPUTATION_KEY_BYTES],
				struct why *why);

/* What tells one network key from others without giving it away: hex, NUL-terminated. */
enum { REPUTATION_NETWORK_ID_BYTES = 17 };
void reputation_network_id(const unsigned char key[REPUTATION_KEY_BYTES],
			   char out[REPUTATION_NETWORK_ID_BYTES]);
/* Another key in the place of the one that is there: what was made with that is not found again. */
enum status reputation_adopt_key(const char *state, const unsigned char key[REPUTATION_KEY_BYTES],
				 struct why *why);

/* state: the folder, as configured. STATUS_NOT_FOUND when nothing has been reported there yet: ask
 * again later. Lives in arena. */
enum status reputation_open(struct arena *arena, const char *state,
			    struct reputation **reputation_out, struct why *why);
/* No lock, no system call. The result lives in scan. */
struct reputation_opinion *reputation_look_up(struct arena *scan, struct reputation *reputation,
					      const struct reputation_key *keys, size_t n);

#endif
