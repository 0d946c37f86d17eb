/*
 * fingerprint: the engines, pure functions from a message to keys. A key is an algorithm, its
 * version and 64 bits that are keyed by the network's secret, so that a dictionary can't turn it
 * back. Two messages of one campaign share keys however they are encoded, addressed or padded; what
 * each engine survives and what it asks for before it speaks is told in doc/fingerprints.md, with
 * the registered numbers.
 */
#ifndef WHORL_PLUGINS_FINGERPRINT_FINGERPRINT_H
#define WHORL_PLUGINS_FINGERPRINT_FINGERPRINT_H

#include "lib/base/keyed_hash.h"
#include "plugins/fingerprint/normal.h"
#include "plugins/plugin.h"
#include "reputation/reputation.h"

struct fingerprint {
	uint8_t algorithm, version;
	uint64_t key;
	unsigned part;     /* number of the part it comes from, 0 the message */
	unsigned strength; /* how much distinct content made it: words, tags, bytes / 1024 */
};
VEC_OF(fingerprint_vec, struct fingerprint);

/* An engine that had something to look at and says nothing. */
struct fingerprint_withheld {
	uint8_t algorithm;
	unsigned part;
	const char *why;
};
VEC_OF(fingerprint_withheld_vec, struct fingerprint_withheld);

struct fingerprint_set {
	struct fingerprint_vec keys; /* without duplicates of (algorithm, key) */
	struct fingerprint_withheld_vec withheld;
};

struct fingerprint_run;

/* An engine of a third party, from a shared object; see fingerprint_register(). */
struct fingerprint_engine {
	enum fingerprint_algorithm algorithm; /* FINGERPRINT_X28 to _X31, by what it looks at */
	uint8_t version;                      /* raised when it answers otherwise than before */
	/* Calls fingerprint_add() and fingerprint_withhold() with its own algorithm. Linear in the
	 * message, bounded, allocates in run->scan. */
	void (*make)(struct fingerprint_run *run, const void *data);
	const void *data; /* of the plugin */
};

/* What the engines share in a process. Set once, before children are forked. */
struct fingerprint_settings {
	struct normal_table *table;
	struct keyed_hash hash; /* by the network's key */
	uint64_t seed;          /* of the inner hashes, drawn from it */
	struct map *popular;    /* registrable domains that say nothing by themselves */
	struct map *freemail;   /* domains where anybody gets an address */
	int64_t day;            /* days since 1970 for EPH; 0: today */
	VEC_OF(, struct fingerprint_engine) engines; /* of third parties */
};

/* Finds a key in a set: open addressing by its own lowest bits, which are as good as drawn. */
struct fingerprint_index {
	uint32_t *slots; /* number of the key + 1; 0 is free */
	size_t n_slots;  /* a power of two, more than half of them free; or 0 */
};

/* What a part reads as; see fingerprint_reading(). */
struct fingerprint_reading {
	const struct rendered_part *part, *reading;
};

/* One message on its way through the engines. */
struct fingerprint_run {
	struct arena *scan;
	const struct fingerprint_settings *settings;
	const struct mail *mail;
	struct str_vec recipients; /* addresses */
	struct map *names;         /* of the recipients, not to be part of any key */
	struct map *hosts;         /* that aren't popular, found by the URL engine */
	struct str_vec contacts;   /* found by the contact engine */
	struct str paths;          /* shapes of all, when they tell enough */
	unsigned n_images;         /* unpacked so far */
	size_t n_unpacked;         /* bytes that have come out of attachments otherwise */
	VEC_OF(, struct fingerprint_reading) readings;
	struct fingerprint_index index;
	uint8_t version; /* of the third party's engine that is at it */
	struct fingerprint_set *set;
};

/* key: the network's secret. The sets may be filled until the first message is looked at. Lives in
 * keep. */
struct fingerprint_settings *
fingerprint_settings_new(struct arena *keep, const unsigned char key[KEYED_HASH_KEY_BYTES]);

/* All engines over one message; allocates in scan. Never fails. */
struct fingerprint_set *fingerprint_make(struct arena *scan,
					 const struct fingerprint_settings *settings,
					 const struct mail *mail);
const char *fingerprint_name(uint8_t algorithm);

/* --- for the engines --- */

/* Adds the key of data; false when it is there already. */
bool fingerprint_add(struct fingerprint_run *run, enum fingerprint_algorithm algorithm,
		     unsigned part, unsigned strength, const void *data, size_t len);
bool fingerprint_is_recipient(const struct fingerprint_run *run, struct str address);
void fingerprint_withhold(struct fingerprint_run *run, enum fingerprint_algorithm algorithm,
			  unsigned part, const char *why);

/* What people see of a part. */
static inline struct str fingerprint_text(const struct rendered_part *part)
{
	return part->html ? part->html->seen : part->visible;
}

/* The part as a mail program shows it, whatever SpamAssassin makes of its charset, and whether
 * rules read characters (normalize_charset) or not. Made once. */
const struct rendered_part *fingerprint_reading(struct fingerprint_run *run,
						const struct rendered_part *part); /* reading.c */
/* Whether so many bytes more may come out of attachments: many small ones are bombs, too. Who
 * unpacks adds what came to n_unpacked. */
bool fingerprint_may_unpack(const struct fingerprint_run *run, size_t bytes); /* objects.c */

/* The engines, in this order: the texts are bound to what links and contacts have found. */
void fingerprint_links(struct fingerprint_run *run);    /* links.c: HOST, URL */
void fingerprint_contacts(struct fingerprint_run *run); /* contacts.c: CTK */
void fingerprint_paths(struct fingerprint_run *run);    /* paths.c: PTH */
void fingerprint_sender(struct fingerprint_run *run);   /* sender.c: SND */
void fingerprint_texts(struct fingerprint_run *run);    /* texts.c: TXT, TXS, ANC, EPH, SUB */
void fingerprint_shapes(struct fingerprint_run *run);   /* shapes.c: DOM, HDR */
void fingerprint_objects(struct fingerprint_run *run);  /* objects.c: ATT, IMG, PDF */
/* links.c: the keys of one more address, found in an object; how many are new. */
size_t fingerprint_link(struct fingerprint_run *run, struct str uri);
/* pdf.c: PDF, ATT; false when data is none. */
bool fingerprint_pdf(struct fingerprint_run *run, struct str data, unsigned part);
/* macros.c: ATT keys of an office document, how many are new. */
size_t fingerprint_macros(struct fingerprint_run *run, struct str data, unsigned part);
/* images.c: IMG, and of QR codes what links give; false when data is no picture of a known format.
 */
bool fingerprint_image(struct fingerprint_run *run, struct str data, unsigned part);

#endif
