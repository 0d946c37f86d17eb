/* spell: see spell.h. Written in the style of continuations: what comes behind a node is passed
 * along. */
#include "rules/spell.h"

enum { DEEP_MAX = 200 };

/* What comes behind the node that is read. */
struct rest {
	const struct re_node *next;   /* nodes in a row, or NULL */
	const struct re_node *repeat; /* or one more turn of this, then what comes behind it */
	uint32_t min;                 /* turns that it has to make still */
	unsigned began;               /* where its last turn began */
	const struct rest *behind;
};

static void read_node(struct spelling *spelling, const struct re_node *node, unsigned at,
		      unsigned depth, const struct rest *rest);
static void read_repeat(struct spelling *spelling, const struct re_node *node, uint32_t min,
			unsigned at, unsigned depth, const struct rest *rest);

static void go_on(struct spelling *spelling, unsigned at, unsigned depth, const struct rest *rest)
{
	if (++spelling->n_steps > spelling->steps_max || depth > DEEP_MAX)
		spelling->failed = true;
	if (spelling->failed)
		return;
	if (!rest || at == spelling->n_bytes)
		spelling->tell(spelling, at);
	else if (rest->next)
		read_node(spelling, rest->next, at, depth + 1, rest->behind);
	else if (rest->repeat && at > rest->began)
		read_repeat(spelling, rest->repeat, rest->min, at, depth + 1, rest->behind);
	else
		go_on(spelling, at, depth + 1, rest->behind);
}

/* Nodes in a row: the one and what comes behind it. */
static void read_row(struct spelling *spelling, const struct re_node *node, unsigned at,
		     unsigned depth, const struct rest *rest)
{
	if (node)
		read_node(spelling, node, at, depth, rest);
	else
		go_on(spelling, at, depth, rest);
}

static void read_repeat(struct spelling *spelling, const struct re_node *node, uint32_t min,
			unsigned at, unsigned depth, const struct rest *rest)
{
	struct rest again = {NULL, node, min ? min - 1 : 0, at, rest};

	if (min == 0)
		go_on(spelling, at, depth, rest);
	read_row(spelling, node->first, at, depth, node->max > 1 ? &again : rest);
}

static void read_byte(struct spelling *spelling, const struct re_node *node, unsigned at,
		      unsigned depth, const struct rest *rest)
{
	struct byte_set set = {{0}};

	if (node->op == RE_SET) {
		memcpy(&set, node->set, sizeof set);
	} else {
		byte_set_add(&set, node->byte);
		if (node->icase)
			byte_set_add(&set, re_other_case(node->byte));
	}
	spelling->prefix[at] = set;
	go_on(spelling, at + 1, depth, rest);
}

/* `rest` is what comes behind the node's row. */
static void read_alone(struct spelling *spelling, const struct re_node *node, unsigned at,
		       unsigned depth, const struct rest *rest)
{
	switch (node->op) {
	case RE_LITERAL:
	case RE_SET:
		read_byte(spelling, node, at, depth, rest);
		break;
	case RE_EMPTY:
	case RE_ASSERT:
	case RE_OPTIONS:
	case RE_LOOK:
		go_on(spelling, at, depth, rest);
		break;
	case RE_CONCAT:
	case RE_GROUP:
		read_row(spelling, node->first, at, depth, rest);
		break;
	case RE_ALT:
		if (!node->first)
			go_on(spelling, at, depth, rest);
		for (const struct re_node *child = node->first; child; child = child->next)
			read_alone(spelling, child, at, depth + 1, rest);
		break;
	case RE_REPEAT:
		if (node->max == 0)
			go_on(spelling, at, depth, rest);
		else
			read_repeat(spelling, node, node->min, at, depth, rest);
		break;
	default:
		spelling->tell(spelling, at);
		break;
	}
}

static void read_node(struct spelling *spelling, const struct re_node *node, unsigned at,
		      unsigned depth, const struct rest *rest)
{
	struct rest row = {.next = node->next, .behind = rest};

	if (++spelling->n_steps > spelling->steps_max || depth > DEEP_MAX)
		spelling->failed = true;
	if (!spelling->failed)
		read_alone(spelling, node, at, depth + 1, node->next ? &row : rest);
}

void spell_row(struct spelling *spelling, const struct re_node *node)
{
	read_row(spelling, node, 0, 0, NULL);
}
