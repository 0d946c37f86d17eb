/*
 * mutations: what of a message is known again when it comes back in disguise. The keys of the
 * original are published, those of each mutant looked up; the table shows how many are confirmed
 * beside the share that doc/fingerprints.md asks for. Texts are judged by the text family alone;
 * then every text against every other: unrelated ones must not match. Deterministic by seed.
 * usage: mutations [-r RULES.cf] [-k KEY] [-s SEED] CAMPAIGNS PICTURES...
 * CAMPAIGNS: lines "CAMPAIGN TAB FILE"; the first member of each gives a text, its HTML, its
 * pictures. PICTURES: lists of more messages with pictures in them.
 */
#include <config.h>

#include <stdlib.h>
#include <unistd.h>

#include "lib/base/encode.h"
#include "lib/base/file.h"
#include "lib/base/number.h"
#include "tests/bench/base.h"
#include "tests/bench/mutate.h"
#include "tests/bench/pictures.h"

enum { PICTURES_MAX = 300, ARCHIVES = 50, CONFIRMED = 95 };

/* A picture and the message it is from. */
struct picture {
	struct image image;
	size_t n_message;
};
VEC_OF(picture_vec, struct picture);
VEC_OF(set_vec, struct fingerprint_set *);

struct bench {
	struct bench_base base;
	struct mutator mutator;
	struct str_vec texts, htmls; /* of different campaigns */
	struct str_vec folders;      /* the collection that a text is from */
	struct str_vec others;       /* texts that belong to no campaign */
	struct picture_vec pictures;
	struct map *seen_pictures;
	size_t n_messages;
	size_t n_missed; /* rows below what is wanted */
	bool verbose;
};

/* --- what there is --- */

static struct str longest_text(struct bench *bench, const struct mail *mail)
{
	const struct rendered_part_vec *parts = &mail_views(mail)->rendered;
	struct str best = STR_NONE;

	for (size_t i = 0; i < parts->n; i++)
		if (fingerprint_text(&parts->items[i]).len > best.len)
			best = fingerprint_text(&parts->items[i]);
	return mutate_plain_text(bench->base.keep, best);
}

static void take_html(struct bench *bench, struct mail *mail)
{
	const struct rendered_part_vec *parts = &mail_views(mail)->rendered;

	for (size_t i = 0; i < parts->n; i++)
		if (parts->items[i].html) {
			struct str html =
				part_text(bench->base.scan, parts->items[i].part, mail->settings);

			vec_push(bench->base.keep, &bench->htmls,
				 arena_str(bench->base.keep, html));
			return;
		}
}

static void take_pictures(struct bench *bench, const struct mail *mail)
{
	struct part_vec parts = {0};

	message_parts(bench->base.scan, mail->message, true, &parts);
	for (size_t i = 0; i < parts.n && bench->pictures.n < PICTURES_MAX; i++) {
		struct image image;
		struct why why;
		struct str data = part_decoded(bench->base.scan, parts.items[i]);
		struct str start = arena_str(bench->base.keep, str_sub(data, 0, 4096));

		if (image_decode(bench->base.scan, data, &image, &why) != STATUS_OK ||
		    !map_put(bench->seen_pictures, start, bench))
			continue;
		image.grey = (unsigned char *)arena_str(
				     bench->base.keep, str_make((const char *)image.grey,
								(size_t)image.width * image.height))
				     .ptr;
		vec_push(bench->base.keep, &bench->pictures,
			 ((struct picture){image, bench->n_messages}));
	}
}

static struct mail *open_mail(struct bench *bench, struct str path)
{
	struct str raw;
	struct why why;

	bench->n_messages++;
	arena_reset(bench->base.scan);
	if (file_read(bench->base.scan, arena_cstr(bench->base.scan, path), BENCH_MESSAGE_BYTES_MAX,
		      &raw, &why) != STATUS_OK) {
		fprintf(stderr, "mutations: %s\n", why.text);
		return NULL;
	}
	return bench_mail(&bench->base, raw);
}

static void read_campaigns(struct bench *bench, const char *list)
{
	FILE *file = bench_open_list(list);
	struct str line, last = STR_NONE, campaign, path;

	while ((line = bench_next_line(&bench->base, file)).len) {
		struct mail *mail;

		if (!bench_read_member(&bench->base, list, line, &campaign, &path) ||
		    str_eq(campaign, last) || !(mail = open_mail(bench, path)))
			continue;
		last = campaign;
		vec_push(bench->base.keep, &bench->texts, longest_text(bench, mail));
		vec_push(bench->base.keep, &bench->folders, path_dir(path));
		take_html(bench, mail);
		take_pictures(bench, mail);
	}
	fclose(file);
}

static void read_pictures(struct bench *bench, const char *list)
{
	FILE *file = bench_open_list(list);
	struct str line;

	while ((line = bench_next_line(&bench->base, file)).len) {
		struct mail *mail = open_mail(
			bench, path_join(bench->base.keep, path_dir(str_from(list)), line));
		if (!mail)
			continue;
		take_pictures(bench, mail);
		vec_push(bench->base.keep, &bench->others, longest_text(bench, mail));
	}
	fclose(file);
}

/* --- one comparison --- */

static struct fingerprint_set *prints_of(struct bench *bench, struct str raw)
{
	return fingerprint_make(bench->base.scan, bench->base.settings,
				bench_mail(&bench->base, raw));
}

static struct reputation_opinion *opinion_of(struct bench *bench, const struct fingerprint_set *set)
{
	return reputation_look_up(bench->base.scan, bench->base.reputation,
				  bench_keys(&bench->base, set), set->keys.n);
}

static bool has(const struct fingerprint_set *set, enum fingerprint_algorithm algorithm)
{
	for (size_t i = 0; i < set->keys.n; i++)
		if (set->keys.items[i].algorithm == algorithm)
			return true;
	return false;
}

static void print_title(const char *title, size_t n)
{
	printf("\n%s: %zu\n  %-24s %9s %9s\n", title, n, "mutation", "found", "wanted");
}

static void print_row(struct bench *bench, const char *name, size_t found, size_t n, double wanted)
{
	double share = n ? 100.0 * (double)found / (double)n : 0;

	printf("  %-24s %7.2f %% %7.2f %%%s\n", name, share, wanted,
	       share + 1e-9 < wanted ? "  below" : "");
	bench->n_missed += share + 1e-9 < wanted;
}

/* --- texts --- */

/* Those of which TXT says something: short ones are keys only together with hosts. */
static void drop_short_texts(struct bench *bench)
{
	size_t n = 0;

	for (size_t i = 0; i < bench->texts.n; i++) {
		arena_reset(bench->base.scan);
		struct str raw = mutate_original(&bench->mutator, bench->texts.items[i]);
		if (!has(prints_of(bench, raw), FINGERPRINT_TXT))
			continue;
		bench->folders.items[n] = bench->folders.items[i];
		bench->texts.items[n++] = bench->texts.items[i];
	}
	bench->texts.n = n;
}

static bool is_text_found(struct bench *bench, const struct mutation *mutation, size_t i)
{
	struct str text = bench->texts.items[i];

	arena_reset(bench->base.scan);
	bench->mutator.random = (uint64_t)i << 20 ^ (uint64_t)(mutation - text_mutations);
	struct fingerprint_set *original = prints_of(bench, mutate_original(&bench->mutator, text));
	struct str mutant = mutation->make(&bench->mutator, text, mutation->amount);
	bench_publish(&bench->base, original);
	bool found = opinion_of(bench, prints_of(bench, mutant))->families[REPUTATION_TEXT] > 0;
	bench_withdraw(&bench->base, original);
	if (!found && bench->verbose)
		printf("text %zu, %s:\n%.*s\n", i, mutation->name,
		       STR_ARG(str_sub(mutant, 0, 2000)));
	return found;
}

static void run_texts(struct bench *bench)
{
	print_title("Texts", bench->texts.n);
	for (const struct mutation *mutation = text_mutations; mutation->name; mutation++) {
		size_t found = 0;

		for (size_t i = 0; i < bench->texts.n; i++)
			found += is_text_found(bench, mutation, i);
		print_row(bench, mutation->name, found, bench->texts.n, mutation->wanted);
	}
}

static void print_pair(const char *name, struct str a, struct str b)
{
	printf("%s: %.*s\nand: %.*s\n", name, STR_ARG(str_sub(a, 0, 1500)),
	       STR_ARG(str_sub(b, 0, 1500)));
}

/* Keys of n things made by original(i), each looked up while another's are published. */
static void run_unrelated(struct bench *bench, const char *name, size_t n,
			  struct str (*original)(struct bench *, size_t i),
			  bool (*is_pair)(struct bench *, size_t i, size_t k))
{
	struct set_vec sets = {0};
	size_t found = 0, pairs = 0;

	arena_reset(bench->base.scan);
	for (size_t i = 0; i < n; i++)
		vec_push(bench->base.scan, &sets, prints_of(bench, original(bench, i)));
	for (size_t i = 0; i < n; i++) {
		bench_publish(&bench->base, sets.items[i]);
		for (size_t k = 0; k < n; k++) {
			if (!is_pair(bench, i, k))
				continue;
			bool match = opinion_of(bench, sets.items[k])->confidence >= CONFIRMED;
			pairs++;
			found += match;
			if (match && bench->verbose)
				print_pair(name, original(bench, i), original(bench, k));
		}
		bench_withdraw(&bench->base, sets.items[i]);
	}
	double share = pairs ? 100.0 * (double)found / (double)pairs : 0;
	printf("  %-24s %7.3f %% %7.3f %%  (%zu of %zu pairs)%s\n", name, share, 0.05, found, pairs,
	       share > 0.05 ? "  above" : "");
	bench->n_missed += share > 0.05;
}

/* The others behind the texts. */
static struct str any_text(struct bench *bench, size_t i)
{
	return mutate_original(&bench->mutator, i < bench->texts.n
							? bench->texts.items[i]
							: bench->others.items[i - bench->texts.n]);
}

/* A campaign's text, and another collection's or one of no campaign: campaigns of one collection
 * are often of one sender. */
static bool are_unrelated_texts(struct bench *bench, size_t i, size_t k)
{
	if (i >= bench->texts.n || i == k)
		return false;
	return k >= bench->texts.n || !str_eq(bench->folders.items[i], bench->folders.items[k]);
}

static bool are_unrelated_pictures(struct bench *bench, size_t i, size_t k)
{
	return bench->pictures.items[i].n_message != bench->pictures.items[k].n_message;
}

/* --- HTML --- */

static struct str original_html(struct bench *bench, size_t i)
{
	return mutate_html_message(&bench->mutator, bench->htmls.items[i]);
}

static void drop_plain_htmls(struct bench *bench)
{
	size_t n = 0;

	for (size_t i = 0; i < bench->htmls.n; i++) {
		arena_reset(bench->base.scan);
		if (has(prints_of(bench, original_html(bench, i)), FINGERPRINT_DOM))
			bench->htmls.items[n++] = bench->htmls.items[i];
	}
	bench->htmls.n = n;
}

/* How many are known by the structure, and how many confirmed by whatever family. */
static void run_html(struct bench *bench, const char *name,
		     struct str (*make)(struct mutator *, struct str), bool by_structure)
{
	size_t found = 0;

	for (size_t i = 0; i < bench->htmls.n; i++) {
		arena_reset(bench->base.scan);
		bench->mutator.random = i;
		struct fingerprint_set *original = prints_of(bench, original_html(bench, i));
		struct str mutant = make(&bench->mutator, bench->htmls.items[i]);
		bench_publish(&bench->base, original);
		struct reputation_opinion *opinion = opinion_of(bench, prints_of(bench, mutant));
		bench_withdraw(&bench->base, original);
		found += by_structure ? opinion->families[REPUTATION_STRUCT] > 0
				      : opinion->confidence >= CONFIRMED;
		if (bench->verbose && !by_structure && opinion->confidence < CONFIRMED)
			printf("html %zu\n", i);
	}
	print_row(bench, name, found, bench->htmls.n, 95);
}

/* --- pictures and archives --- */

static struct str as_message(struct arena *arena, const char *type, struct str bytes)
{
	struct buf body;

	buf_init(&body, arena);
	encode_base64(&body, bytes);
	return arena_printf(arena,
			    "From: a@b.example\nContent-Type: %s\nContent-Transfer-Encoding: "
			    "base64\n\n%.*s\n",
			    type, STR_ARG(buf_str(&body)));
}

static struct str picture_message(struct bench *bench, size_t i,
				  const struct picture_mutation *mutation)
{
	struct str bytes =
		picture_mutate(&bench->mutator, &bench->pictures.items[i].image, mutation);

	return as_message(bench->base.scan, "image/x", bytes);
}

static struct str original_picture(struct bench *bench, size_t i)
{
	return picture_message(bench, i, &picture_mutations[0]);
}

static void drop_unfit_pictures(struct bench *bench)
{
	size_t n = 0;

	for (size_t i = 0; i < bench->pictures.n; i++) {
		arena_reset(bench->base.scan);
		if (has(prints_of(bench, original_picture(bench, i)), FINGERPRINT_IMG))
			bench->pictures.items[n++] = bench->pictures.items[i];
	}
	bench->pictures.n = n;
}

static bool is_picture_found(struct bench *bench, const struct picture_mutation *mutation, size_t i)
{
	arena_reset(bench->base.scan);
	bench->mutator.random = i;
	struct fingerprint_set *original = prints_of(bench, original_picture(bench, i));
	struct fingerprint_set *mutant = prints_of(bench, picture_message(bench, i, mutation));
	bench_publish(&bench->base, original);
	bool found = opinion_of(bench, mutant)->confidence >= CONFIRMED;
	bench_withdraw(&bench->base, original);
	if (!found && bench->verbose)
		printf("picture %zu (%u x %u), %s\n", i, bench->pictures.items[i].image.width,
		       bench->pictures.items[i].image.height, mutation->name);
	return found;
}

static void run_pictures(struct bench *bench)
{
	print_title("Pictures", bench->pictures.n);
	for (const struct picture_mutation *mutation = picture_mutations; mutation->name;
	     mutation++) {
		size_t found = 0, n = 0;

		for (size_t i = 0; i < bench->pictures.n; i++) {
			const struct image *image = &bench->pictures.items[i].image;

			/* what becomes smaller than any picture that is looked at is none */
			if (image->width * mutation->size_percent < 6400 ||
			    image->height * mutation->size_percent < 6400)
				continue;
			found += is_picture_found(bench, mutation, i);
			n++;
		}
		print_row(bench, mutation->name, found, n, mutation->wanted);
	}
	run_unrelated(bench, "unrelated pictures", bench->pictures.n, original_picture,
		      are_unrelated_pictures);
}

static bool is_archive_found(struct bench *bench, size_t from)
{
	struct str_vec contents = {0};
	struct arena *scan = bench->base.scan;

	arena_reset(scan);
	for (size_t i = from; i < from + 4; i++)
		vec_push(scan, &contents, bench->texts.items[i]);
	struct fingerprint_set *original =
		prints_of(bench, as_message(scan, "application/zip",
					    archive_make(scan, &contents, true, false)));
	struct fingerprint_set *mutant =
		prints_of(bench, as_message(scan, "application/zip",
					    archive_make(scan, &contents, false, true)));
	bench_publish(&bench->base, original);
	bool found = opinion_of(bench, mutant)->confidence >= CONFIRMED;
	bench_withdraw(&bench->base, original);
	return found;
}

static void run_archives(struct bench *bench)
{
	size_t found = 0, n = 0;

	for (; n < ARCHIVES && n + 4 <= bench->texts.n; n++)
		found += is_archive_found(bench, n);
	print_title("Archives", n);
	print_row(bench, "packed again", found, n, 100);
}

/* --- */

static void run(struct bench *bench)
{
	bench->mutator.arena = bench->base.keep;
	for (size_t i = 0; i < bench->texts.n; i++)
		mutator_learn(&bench->mutator, bench->texts.items[i]);
	bench->mutator.arena = bench->base.scan;
	drop_short_texts(bench);
	drop_plain_htmls(bench);
	drop_unfit_pictures(bench);
	bench_open_table(&bench->base);
	run_texts(bench);
	run_unrelated(bench, "unrelated texts", bench->texts.n + bench->others.n, any_text,
		      are_unrelated_texts);
	print_title("HTML", bench->htmls.n);
	run_html(bench, "hidden words, any family", mutate_hide, false);
	run_html(bench, "other text, by structure", mutate_template, true);
	run_pictures(bench);
	run_archives(bench);
	printf("\n%zu rows miss what is wanted\n", bench->n_missed);
}

int main(int argc, char **argv)
{
	struct bench bench = {.n_missed = 0};
	const char *rules = NULL;
	uint64_t key = 0;
	int option;

	while ((option = getopt(argc, argv, "k:r:v")) != -1) {
		if (option == 'k')
			number_u64(str_from(optarg), &key);
		if (option == 'r')
			rules = optarg;
		if (option == 'v')
			bench.verbose = true;
	}
	if (optind >= argc) {
		fputs("usage: mutations [-v] [-k KEY] [-r RULES.cf] CAMPAIGNS [PICTURES...]\n",
		      stderr);
		return 64;
	}
	bench_open(&bench.base, "mutations", rules, key);
	bench.seen_pictures = map_new(bench.base.keep);
	read_campaigns(&bench, argv[optind]);
	for (int i = optind + 1; i < argc; i++)
		read_pictures(&bench, argv[i]);
	run(&bench);
	bench_close(&bench.base);
	return 0;
}
