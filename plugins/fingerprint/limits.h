/* limits: bounds of the engines. */
#ifndef WHORL_PLUGINS_FINGERPRINT_LIMITS_H
#define WHORL_PLUGINS_FINGERPRINT_LIMITS_H

enum {
	LIMIT_TEXT_BYTES = 256 * 1024, /* of a part's text are read */
	LIMIT_WORDS = 20000,           /* are made of it */
	LIMIT_WORD_BYTES = 96,         /* longer words are dropped: 24 characters */
	LIMIT_WORD_CHARACTERS = 24,
	LIMIT_NAME_BYTES = 256,
	LIMIT_SALUTATION_WORDS = 6,
	LIMIT_TEXT_PARTS = 8,
	LIMIT_URLS = 200,   /* are looked at */
	LIMIT_TAGS = 20000, /* of HTML */
	LIMIT_CONTACT_BYTES = 64 * 1024,
	LIMIT_PART_BYTES = 16 * 1024 * 1024, /* of an attachment are read */
	LIMIT_PARTS = 64,
	LIMIT_UNPACKED_BYTES = 64 * 1024 * 1024, /* come out of all attachments */
	LIMIT_IMAGES = 4,                        /* are unpacked */
};

#endif
