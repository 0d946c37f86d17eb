/* stopwords: words of a language that say nothing, by its regex. Most words of mail are the same
 * few thousand, so the answers for short ones are kept. See tokens.h. */
#include "lib/base/hash.h"
#include "plugins/Bayes/tokens.h"

enum { ANSWERS = 2048, ANSWER_TEXT_BYTES = 14 };

struct answer {
	char text[ANSWER_TEXT_BYTES];
	uint8_t len; /* 0: none yet */
	bool is_stopword;
};

struct stopwords {
	const struct regex *regex;
	struct answer *answers; /* by the hash of the word; a later one takes the place */
};

struct stopwords *stopwords_new(struct arena *keep, const struct regex *regex)
{
	struct stopwords *stopwords = ARENA_NEW(keep, struct stopwords);

	stopwords->regex = regex;
	stopwords->answers = ARENA_ARRAY(keep, struct answer, ANSWERS);
	return stopwords;
}

bool stopwords_have(struct stopwords *stopwords, struct str word)
{
	struct answer *answer;

	if (word.len == 0 || word.len > ANSWER_TEXT_BYTES)
		return regex_test(stopwords->regex, word);
	answer = &stopwords->answers[hash64_private(word) & (ANSWERS - 1)];
	if (answer->len != word.len || memcmp(answer->text, word.ptr, word.len) != 0) {
		answer->is_stopword = regex_test(stopwords->regex, word);
		answer->len = (uint8_t)word.len;
		memcpy(answer->text, word.ptr, word.len);
	}
	return answer->is_stopword;
}
