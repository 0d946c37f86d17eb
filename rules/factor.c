/*
 * factor: see factor.h. A walk over the tree tells of each node what its matches are made of;
 * conservative: what is not understood promises nothing. Assertions and looks have no width and are
 * left out: more texts than the pattern's then have the factor, never fewer.
 */
#include "rules/factor.h"

#include <math.h>

#include "rules/spell.h"

enum {
	ALTERNATIVES_MAX = 96, /* that are carried along */
	PROMISED_MAX = 2048,   /* that are promised */
	SPELLED_MAX = 64,
	SPELL_STEPS_MAX = 1000,
	SPREAD_MAX = 8, /* x{m,n}: so many repetitions are spelled out */
};

/* What is known of the texts a node matches. */
struct known {
	bool is_exact;             /* each of them is one of front (which may hold "") */
	struct factor_vec front;   /* each begins with one of these */
	struct factor_vec end;     /* each ends with one of these; when exact the same as front */
	struct factor_vec promise; /* each holds one of these, `times` times; n 0: no promise */
	unsigned times;
	double cost;                   /* of the promise */
	uint32_t end_min, end_max;     /* where the promise ends, from the beginning of the text */
	uint32_t width_min, width_max; /* of the text; RE_INFINITE: no bound */
};

static uint32_t add_width(uint32_t a, uint32_t b)
{
	return a > RE_INFINITE - b ? RE_INFINITE : a + b;
}

static uint32_t multiply_width(uint32_t a, uint32_t times)
{
	uint64_t product = (uint64_t)a * times;

	return product >= RE_INFINITE ? RE_INFINITE : (uint32_t)product;
}

static struct known known_of(struct factor_builder *builder, const struct re_node *node);

static struct factor_vec nothing_in(struct factor_builder *builder)
{
	struct factor_vec any = {0};
	struct factor empty = {.n = 0};

	vec_push(builder->arena, &any, empty);
	return any;
}

static struct known exactly_nothing(struct factor_builder *builder)
{
	struct known known = {.is_exact = true, .cost = HUGE_VAL};

	known.front = known.end = nothing_in(builder);
	return known;
}

static struct known unknown(struct factor_builder *builder)
{
	struct known known = exactly_nothing(builder);

	known.is_exact = false;
	known.width_max = RE_INFINITE;
	return known;
}

/* The first occurrence ends end_min to end_max bytes behind the beginning of the text. */
static void offer_at(struct factor_builder *builder, struct known *known,
		     const struct factor_vec *any, unsigned times, uint32_t end_min,
		     uint32_t end_max)
{
	double cost = any->n > PROMISED_MAX ? HUGE_VAL : factor_cost(builder, any, times);

	if (cost >= known->cost)
		return;
	known->promise = *any;
	known->times = times;
	known->cost = cost;
	known->end_min = end_min;
	known->end_max = end_max;
}

/* It ends where the text does, as far as it is read. */
static void offer(struct factor_builder *builder, struct known *known, const struct factor_vec *any)
{
	offer_at(builder, known, any, 1, known->width_min, known->width_max);
}

/* Of a node that comes next in the text. */
static void offer_promise(struct known *known, const struct known *other)
{
	if (other->cost >= known->cost)
		return;
	known->promise = other->promise;
	known->times = other->times;
	known->cost = other->cost;
	known->end_min = add_width(known->width_min, other->end_min);
	known->end_max = add_width(known->width_max, other->end_max);
}

/* --- leaves ----------------------------------------------------------------------------------- */

static void add_folded(struct byte_set *set, unsigned byte)
{
	byte_set_add(set, byte < 0x80 ? (unsigned char)ascii_lower((char)byte) : byte);
}

static struct known of_set(struct factor_builder *builder, const struct byte_set *set)
{
	struct known known = {.is_exact = true, .cost = HUGE_VAL, .width_min = 1, .width_max = 1};
	struct factor factor = {.n = 1};

	factor.at[0] = (uint16_t)factor_position(builder, set);
	vec_push(builder->arena, &known.front, factor);
	known.end = known.front;
	return known;
}

static struct known of_class(struct factor_builder *builder, const struct re_set *set)
{
	struct byte_set folded = {{0}};
	bool any = false;

	for (unsigned byte = re_set_next(set, 0); byte < 256; byte = re_set_next(set, byte + 1)) {
		add_folded(&folded, byte);
		any = true;
	}
	return any ? of_set(builder, &folded) : unknown(builder);
}

static struct known of_literal(struct factor_builder *builder, const struct re_node *node)
{
	struct byte_set set = {{0}};

	add_folded(&set, node->byte);
	if (node->icase)
		add_folded(&set, re_other_case(node->byte));
	return of_set(builder, &set);
}

/* --- sequences -------------------------------------------------------------------------------- */

/* A sequence as far as it is read. */
struct reading {
	struct known known;
	struct factor_vec run; /* what has just been read ends with one of these */
	bool has_front;
};

static void end_front(struct reading *reading, const struct factor_vec *front)
{
	reading->known.is_exact = false;
	if (!reading->has_front)
		reading->known.front = *front;
	reading->has_front = true;
}

static void add_widths(struct known *known, const struct known *next)
{
	known->width_min = add_width(known->width_min, next->width_min);
	known->width_max = add_width(known->width_max, next->width_max);
}

static void read_exact(struct factor_builder *builder, struct reading *reading,
		       const struct known *known)
{
	struct factor_vec before = reading->run;
	bool cut;

	if (!factors_append(builder, &reading->run, &known->front, &cut)) {
		reading->run = known->front;
		cut = true;
	}
	if (cut)
		end_front(reading, &before);
	add_widths(&reading->known, known);
	offer(builder, &reading->known, &reading->run);
}

static void read_inexact(struct factor_builder *builder, struct reading *reading,
			 const struct known *known)
{
	struct factor_vec joined = reading->run;
	bool cut = false, is_joined = factors_append(builder, &joined, &known->front, &cut);

	offer_promise(&reading->known, known);
	if (is_joined) /* it ends somewhere in the node, or just before */
		offer_at(builder, &reading->known, &joined, 1, reading->known.width_min,
			 add_width(reading->known.width_max, factors_longest(&known->front)));
	add_widths(&reading->known, known);
	end_front(reading, is_joined && !cut ? &joined : &reading->run);
	reading->run = known->end;
}

static void read_node(struct factor_builder *builder, struct reading *reading,
		      const struct known *known)
{
	if (known->is_exact)
		read_exact(builder, reading, known);
	else
		read_inexact(builder, reading, known);
}

static struct reading reading_new(struct factor_builder *builder)
{
	struct reading reading = {.known = exactly_nothing(builder)};

	reading.run = reading.known.front;
	return reading;
}

static struct known reading_end(struct reading *reading)
{
	if (!reading->has_front)
		reading->known.front = reading->run;
	reading->known.end = reading->run;
	return reading->known;
}

/* What is spelled out from a node on. */
struct spelled {
	struct factor_builder *builder;
	struct factor_vec any;
	unsigned shortest, longest;
};

static void tell_spelled(struct spelling *spelling, unsigned n)
{
	struct spelled *spelled = spelling->data;
	struct factor factor = {.n = (uint8_t)n};

	if (n < MULTISCAN_BYTES_MIN || spelled->any.n >= SPELLED_MAX) {
		spelling->failed = true;
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		struct byte_set folded = {{0}};
		for (unsigned byte = 0; byte < 256; byte++)
			if (byte_set_has(&spelling->prefix[i], byte))
				add_folded(&folded, byte);
		factor.at[i] = (uint16_t)factor_position(spelled->builder, &folded);
	}
	vec_push(spelled->builder->arena, &spelled->any, factor);
	spelled->shortest = n < spelled->shortest ? n : spelled->shortest;
	spelled->longest = n > spelled->longest ? n : spelled->longest;
}

/* The node begins min to max bytes behind the beginning of the text. */
static void offer_spelled(struct factor_builder *builder, struct known *known,
			  const struct re_node *node, uint32_t min, uint32_t max)
{
	for (unsigned n_bytes = SPELL_BYTES; n_bytes >= MULTISCAN_BYTES_MIN; n_bytes--) {
		struct spelled spelled = {builder, {0}, SPELL_BYTES, 0};
		struct spelling spelling = {.n_bytes = n_bytes,
					    .steps_max = SPELL_STEPS_MAX,
					    .tell = tell_spelled,
					    .data = &spelled};

		spell_row(&spelling, node);
		if (spelling.failed || !spelled.any.n)
			continue;
		factors_simplify(builder, &spelled.any);
		offer_at(builder, known, &spelled.any, 1, add_width(min, spelled.shortest),
			 add_width(max, spelled.longest));
	}
}

/* A repetition that may be missing ends what is known so far: "a\W{0,10}b". From what stands before
 * it on the row is spelled out, with and without it. */
static struct known of_sequence(struct factor_builder *builder, const struct re_node *child)
{
	struct reading reading = reading_new(builder);
	const struct re_node *before = NULL;
	uint32_t min = 0, max = 0; /* where that begins */

	for (; child; child = child->next) {
		struct known known = known_of(builder, child);
		if (before && child->op == RE_REPEAT && child->min == 0 && !known.is_exact)
			offer_spelled(builder, &reading.known, before, min, max);
		if (known.width_max > 0) {
			before = child;
			min = reading.known.width_min;
			max = reading.known.width_max;
		}
		read_node(builder, &reading, &known);
	}
	return reading_end(&reading);
}

/* --- alternatives ----------------------------------------------------------------------------- */

static void add_all(struct factor_builder *builder, struct factor_vec *any,
		    const struct factor_vec *more)
{
	for (size_t i = 0; i < more->n; i++)
		vec_push(builder->arena, any, more->items[i]);
}

/* What a node promises, when it is its own whole text that is best. */
static void promise_itself(struct factor_builder *builder, struct known *known)
{
	if (known->is_exact)
		offer(builder, known, &known->front);
}

struct gathering {
	struct known all;
	bool all_promise;
};

static struct gathering gathering_new(void)
{
	struct known none = {.is_exact = true, .end_min = RE_INFINITE, .width_min = RE_INFINITE};

	return (struct gathering){.all = none, .all_promise = true};
}

static void gather(struct factor_builder *builder, struct gathering *gathering, struct known *known)
{
	struct known *all = &gathering->all;

	if (known->width_min < all->width_min)
		all->width_min = known->width_min;
	if (known->width_max > all->width_max)
		all->width_max = known->width_max;
	all->is_exact &= known->is_exact;
	add_all(builder, &all->front, &known->front);
	add_all(builder, &all->end, &known->end);
	promise_itself(builder, known);
	gathering->all_promise &= known->cost < HUGE_VAL;
	if (!gathering->all_promise || all->promise.n + known->promise.n > PROMISED_MAX) {
		gathering->all_promise = false;
		return;
	}
	add_all(builder, &all->promise, &known->promise);
	if (!all->times || known->times < all->times)
		all->times = known->times;
	if (known->end_min < all->end_min)
		all->end_min = known->end_min;
	if (known->end_max > all->end_max)
		all->end_max = known->end_max;
}

static struct known gathered(struct factor_builder *builder, struct gathering *gathering)
{
	struct known *all = &gathering->all;

	factors_simplify(builder, &all->front);
	if (all->is_exact && all->front.n <= ALTERNATIVES_MAX) {
		all->end = all->front;
	} else {
		all->is_exact = false;
		factors_cut_to_front(builder, &all->front);
		factors_simplify(builder, &all->end);
		factors_cut_to_end(builder, &all->end);
	}
	all->cost = HUGE_VAL;
	if (gathering->all_promise && all->promise.n) {
		factors_drop_doubles(&all->promise);
		all->cost = factor_cost(builder, &all->promise, all->times);
	}
	return *all;
}

static struct known of_alternatives(struct factor_builder *builder, const struct re_node *child)
{
	struct gathering gathering = gathering_new();

	if (!child)
		return exactly_nothing(builder);
	for (; child; child = child->next) {
		struct known known = known_of(builder, child);
		gather(builder, &gathering, &known);
	}
	return gathered(builder, &gathering);
}

/* --- repetitions ------------------------------------------------------------------------------ */

/* Some number of the same from min to max, each number an alternative. */
static struct known spelled_out(struct factor_builder *builder, const struct known *known,
				uint32_t min, uint32_t max)
{
	struct gathering gathering = gathering_new();
	struct reading reading = reading_new(builder);

	for (uint32_t n = 0; n <= max; n++) {
		if (n)
			read_exact(builder, &reading, known);
		if (n < min)
			continue;
		struct reading so_far = reading;
		struct known one = reading_end(&so_far);
		gather(builder, &gathering, &one);
	}
	return gathered(builder, &gathering);
}

/* At least min of the same; what may follow is more of it. */
static struct known repeated(struct factor_builder *builder, const struct known *known,
			     uint32_t min)
{
	struct reading reading = reading_new(builder);

	for (uint32_t n = 0; n < min && n < SPREAD_MAX; n++)
		read_node(builder, &reading, known);
	end_front(&reading, &reading.run);
	if (known->is_exact)
		offer_at(builder, &reading.known, &known->front, min, known->width_min,
			 known->width_max);
	if (known->promise.n)
		offer_at(builder, &reading.known, &known->promise, known->times * min,
			 known->end_min, known->end_max);
	struct known all = reading_end(&reading);
	/* Cut fronts or not, the last repetition ends as each of them does. */
	all.end = known->end;
	return all;
}

static struct known of_repeat(struct factor_builder *builder, const struct re_node *node)
{
	uint32_t min = node->min, max = node->max;

	if (max == 0)
		return exactly_nothing(builder);
	struct known known = of_sequence(builder, node->first), all;
	if (min == 1 && max == 1)
		return known;
	if (known.is_exact && max <= SPREAD_MAX)
		return spelled_out(builder, &known, min, max);
	if (min == 0)
		all = unknown(builder);
	else
		all = repeated(builder, &known, min > PROMISED_MAX ? PROMISED_MAX : min);
	all.width_min = multiply_width(known.width_min, min);
	all.width_max = max == RE_INFINITE ? RE_INFINITE : multiply_width(known.width_max, max);
	return all;
}

static struct known known_of(struct factor_builder *builder, const struct re_node *node)
{
	switch (node->op) {
	case RE_LITERAL:
		return of_literal(builder, node);
	case RE_SET:
		return of_class(builder, node->set);
	case RE_EMPTY:
	case RE_ASSERT:
	case RE_OPTIONS:
	case RE_LOOK:
		return exactly_nothing(builder);
	case RE_CONCAT:
	case RE_GROUP:
		return of_sequence(builder, node->first);
	case RE_ALT:
		return of_alternatives(builder, node->first);
	case RE_REPEAT:
		return of_repeat(builder, node);
	default:
		return unknown(builder);
	}
}

/* --- the whole pattern ------------------------------------------------------------------------ */

static bool has_verb(const struct re_node *node)
{
	if (node->op == RE_VERB)
		return true;
	for (const struct re_node *child = node->first; child; child = child->next)
		if (has_verb(child))
			return true;
	return false;
}

/* \G asks where matching started, \K says that the match begins elsewhere. */
static bool minds_start(const struct re_node *node)
{
	if (str_eq_c(node->text, "\\G") || str_eq_c(node->text, "\\K"))
		return true;
	for (const struct re_node *child = node->first; child; child = child->next)
		if (minds_start(child))
			return true;
	return false;
}

static size_t count_nodes(const struct re_node *node)
{
	size_t n = 1;

	for (const struct re_node *child = node->first; child; child = child->next)
		n += count_nodes(child);
	return n;
}

double factors_try_byte_ns(const struct re_tree *tree)
{
	return factor_try_byte_ns(count_nodes(tree->root));
}

bool factors_mind_start(const struct re_tree *tree)
{
	return has_verb(tree->root) || minds_start(tree->root);
}

const struct factors *factors_of(struct arena *keep, struct arena *scratch,
				 const struct re_tree *tree)
{
	struct factor_builder builder;

	if (has_verb(tree->root))
		return NULL;
	factor_builder_init(&builder, scratch);
	builder.try_byte_ns = factors_try_byte_ns(tree);
	struct known known = known_of(&builder, tree->root);
	promise_itself(&builder, &known);
	if (known.cost > factor_cost_max(&builder))
		return NULL;
	if (minds_start(tree->root)) {
		known.end_min = 0;
		known.end_max = RE_INFINITE;
	}
	return factors_keep(keep, &builder, &known.promise, known.times, known.end_min,
			    known.end_max);
}

struct str factors_literal(struct arena *keep, const struct factors *factors)
{
	const struct multiscan_sequence *sequence = factors ? factors->any.items : NULL;
	char *best = NULL;
	size_t longest = 0, n = 0;

	if (!sequence || factors->any.n != 1)
		return STR_LIT("");
	for (size_t i = 0; i < sequence->n; i++) {
		n = sequence->at[i] < MULTISCAN_SET ? n + 1 : 0;
		if (n <= longest)
			continue;
		longest = n;
		best = arena_alloc(keep, n);
		for (size_t k = 0; k < n; k++)
			best[k] = (char)sequence->at[i + 1 - n + k];
	}
	return str_make(best, longest);
}
