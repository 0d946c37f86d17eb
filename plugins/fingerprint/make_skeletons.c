/*
 * make_skeletons: writes skeletons.h (letters.c), the characters that look like Latin letters (UTS
 *39, confusable skeletons, as ICU's data has them). Not part of the build; when Unicode has a new
 *version: cc make_skeletons.c -o make_skeletons $(pkg-config --cflags --libs icu-i18n icu-uc)
 *	./make_skeletons > skeletons.h
 * Listed are letters whose skeleton is Latin letters and whose folded form (NFKC_Casefold) is not:
 * capitals by their own look; small ones by theirs, or else by that of their capital, so that "в"
 * and "В" stay the same letter.
 */
#include <stdio.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uspoof.h>

enum { MAX = 64 };

/* Lower-case Latin letters of text without its marks; false when there is anything else. */
static int latin(const UNormalizer2 *nfkd, const UChar *text, int length, char *out)
{
	UChar plain[MAX];
	UErrorCode error = U_ZERO_ERROR;
	int n = unorm2_normalize(nfkd, text, length, plain, MAX, &error), at = 0;

	for (int i = 0; i < n; i++) {
		UChar32 c = u_foldCase(plain[i], U_FOLD_CASE_DEFAULT);

		if (u_charType(plain[i]) == U_NON_SPACING_MARK)
			continue;
		if (c < 'a' || c > 'z' || at > 2)
			return 0;
		out[at++] = (char)c;
	}
	out[at] = '\0';
	return at > 0;
}

static int look(USpoofChecker *checker, const UNormalizer2 *nfkd, UChar32 c, char *out)
{
	UChar one[2], skeleton[MAX];
	int length = 0;
	UErrorCode error = U_ZERO_ERROR;

	U16_APPEND_UNSAFE(one, length, c);
	int n = uspoof_getSkeleton(checker, 0, one, length, skeleton, MAX, &error);
	return U_SUCCESS(error) && latin(nfkd, skeleton, n, out);
}

int main(void)
{
	UErrorCode error = U_ZERO_ERROR;
	USpoofChecker *checker = uspoof_open(&error);
	const UNormalizer2 *fold = unorm2_getNFKCCasefoldInstance(&error);
	const UNormalizer2 *nfkd = unorm2_getNFKDInstance(&error);

	puts("/* Made by make_skeletons.c from the confusables of Unicode (UTS 39). */");
	for (UChar32 c = 0x80; c < 0x20000; c++) {
		UChar one[2], folded[MAX];
		int length = 0;
		char out[8];

		if (!u_isalpha(c))
			continue;
		U16_APPEND_UNSAFE(one, length, c);
		error = U_ZERO_ERROR;
		int n = unorm2_normalize(fold, one, length, folded, MAX, &error);
		if (latin(nfkd, folded, n, out))
			continue;
		if (!look(checker, nfkd, c, out) && !look(checker, nfkd, u_toupper(c), out))
			continue;
		if (!strcmp(out, "rn")) /* the skeleton of m, which we leave as it is */
			memcpy(out, "m", 2);
		printf("{0x%04x, \"%s\"},\n", (unsigned)c, out);
	}
	return 0;
}
