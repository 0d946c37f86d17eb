/*
 * make_skeletons: writes skeletons.h, the characters that look like Latin letters (UTS 39,
 * confusable skeletons, as ICU's data has them). Not part of the build; when Unicode has a new
 *version: cc make_skeletons.c -o make_skeletons $(pkg-config --cflags --libs icu-i18n icu-uc)
 *	./make_skeletons > skeletons.h
 * Listed are folded characters only (NFKC_Casefold leaves them as they are) whose skeleton is Latin
 * letters and whose decomposition alone is not.
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

int main(void)
{
	UErrorCode error = U_ZERO_ERROR;
	USpoofChecker *checker = uspoof_open(&error);
	const UNormalizer2 *fold = unorm2_getNFKCCasefoldInstance(&error);
	const UNormalizer2 *nfkd = unorm2_getNFKDInstance(&error);

	puts("/* Made by make_skeletons.c from the confusables of Unicode (UTS 39). */");
	for (UChar32 c = 0x80; c < 0x20000; c++) {
		UChar one[2], folded[MAX], skeleton[MAX];
		int length = 0;
		char out[8];

		if (!u_isalpha(c))
			continue;
		U16_APPEND_UNSAFE(one, length, c);
		error = U_ZERO_ERROR;
		int n = unorm2_normalize(fold, one, length, folded, MAX, &error);
		if (n != length || memcmp(one, folded, (size_t)n * sizeof *one) ||
		    latin(nfkd, one, length, out))
			continue;
		n = uspoof_getSkeleton(checker, 0, one, length, skeleton, MAX, &error);
		if (U_FAILURE(error) || !latin(nfkd, skeleton, n, out))
			continue;
		if (!strcmp(out, "rn")) /* the skeleton of m, which we leave as it is */
			memcpy(out, "m", 2);
		printf("{0x%04x, \"%s\"},\n", (unsigned)c, out);
	}
	return 0;
}
