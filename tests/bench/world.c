/* world: see world.h. */
#include "tests/bench/world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/heap.h"
#include "tests/bench/trace.h"

enum {
	DAYS = 40,
	DAY_S = 86400,
	HOUR_S = 3600,
	START_S = 20000 * DAY_S,
	MAILBOXES = 600,
	GROUPS = 30,
	TRAP = 100000, /* reporter and group */
	KEYS = 4,
	SPAM_A_DAY = 8,
	SERIES = 60,       /* of newsletters */
	NEW_SENDERS = 2,   /* a day, with a mailing of their own */
	TARGETS_A_DAY = 3, /* of TACTIC_FOCUS */
	AWAKE_DAY = 15,
	GROUP_NUMBERS = 1000 + MAILBOXES,
};

/* How people and mail are. Shares and medians; the spread of a lognormal distribution. */
static const double mistake_rate = 0.001, revoke_rate = 0.08, admin_rate = 0.25, key_share = 0.85,
		    spam_on_good_hosts = 0.05, spam_median = 400, spam_spread = 1, spam_hours = 24,
		    spam_hours_spread = 0.7, letter_median = 150, letter_spread = 0.8,
		    delay_minutes = 30, delay_spread = 1.5, strike_minutes = 10;

struct campaign {
	bool is_spam, is_theirs, is_target, is_new_sender, is_seen_planned, is_traced;
	uint32_t keys[KEYS]; /* host, shape, text, anchor */
	unsigned n_deliveries;
	int64_t first_s, first_report_s, published_s; /* 0: not yet */
	bool was_blocked;
	uint8_t has_struck[GROUP_NUMBERS / 8 + 1]; /* TACTIC_IN_TURN: groups, one bit each */
};

enum event_kind { EVENT_DAY, EVENT_MAIL, EVENT_REPORT, EVENT_TRAP, EVENT_SEEN };

struct event {
	int64_t at_s;
	uint32_t order, campaign, mailbox;
	uint8_t kind, report;
	uint8_t keys; /* of the mail, one bit each */
};

struct mailbox {
	uint32_t group;
	bool is_hostile, is_admin;
	uint16_t mark; /* of its group */
};

/* What was last known of a key; looked at by the hour, as the table is brought up to date. */
struct view {
	const struct trust_key *key; /* NULL: nobody has reported it */
	int64_t looked_s, last_s;
	uint8_t state;
};

struct world {
	const struct world_settings *settings;
	struct arena *arena;
	struct trust *trust;
	uint64_t random, sequence;
	uint64_t mail_random; /* what is sent doesn't depend on what is said of it */
	struct mailbox mailboxes[MAILBOXES];
	uint32_t series_keys[SERIES][2];
	unsigned series_period[SERIES], series_size[SERIES];
	VEC_OF(, struct campaign) campaigns;
	VEC_OF(, struct seen_tally) tallies; /* by key */
	VEC_OF(, struct view) views;         /* likewise */
	VEC_OF(, struct event) events;       /* a heap */
	uint32_t n_events;
	struct world_score score;
	VEC_OF(, double) minutes;
};

/* --- chance --- */

static uint64_t random_u64(struct world *world) /* splitmix64 */
{
	uint64_t z = world->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static double random_share(struct world *world)
{
	return (double)(random_u64(world) >> 11) * 0x1p-53;
}

static bool happens(struct world *world, double probability)
{
	return random_share(world) < probability;
}

static unsigned random_below(struct world *world, unsigned n)
{
	return (unsigned)(random_u64(world) % n);
}

static double lognormal(struct world *world, double median, double spread)
{
	double radius = sqrt(-2 * log(1 - random_share(world)));

	return median * exp(spread * radius * cos(2 * M_PI * random_share(world)));
}

/* --- events: a heap by time, then by order of planning --- */

static bool is_before(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	return x->at_s != y->at_s ? x->at_s < y->at_s : x->order < y->order;
}

static void plan(struct world *world, struct event event)
{
	event.order = world->n_events++;
	vec_push(world->arena, &world->events, event);
	heap_add(world->events.items, world->events.n, sizeof event, is_before);
}

static struct event next_event(struct world *world)
{
	struct event first;

	heap_take(world->events.items, &world->events.n, sizeof first, is_before, &first);
	return first;
}

/* --- people --- */

static uint16_t mark_of(uint32_t group)
{
	char text[16];
	int len = snprintf(text, sizeof text, "g%u", group);

	return seen_mark(str_make(text, (size_t)len));
}

bool world_is_hostile(const struct world_settings *settings, uint32_t reporter)
{
	return reporter > 0 && reporter <= lround(settings->hostile_share * MAILBOXES);
}

static void make_mailboxes(struct world *world)
{
	const struct world_settings *settings = world->settings;
	for (unsigned i = 0; i < MAILBOXES; i++) {
		struct mailbox *mailbox = &world->mailboxes[i];

		mailbox->is_hostile = world_is_hostile(settings, i + 1);
		mailbox->group = settings->layout == LAYOUT_INFILTRATED
					 ? 1 + i % GROUPS
					 : 1 + i / (MAILBOXES / GROUPS);
		if (settings->layout == LAYOUT_SYBIL && mailbox->is_hostile)
			mailbox->group = 1000 + i;
		mailbox->mark = mark_of(mailbox->group);
	}
	/* spread over the honest groups */
	for (unsigned i = 0; i < settings->n_admins; i++)
		world->mailboxes[MAILBOXES - 1 - i * 53].is_admin = true;
}

static bool is_awake(const struct world *world, int64_t now_s)
{
	return now_s >= START_S + world->settings->sleep_days * (int64_t)DAY_S;
}

/* --- keys --- */

static uint32_t new_key(struct world *world)
{
	vec_push(world->arena, &world->tallies, (struct seen_tally){0});
	vec_push(world->arena, &world->views, (struct view){0});
	return (uint32_t)world->tallies.n - 1;
}

static struct trust_key_id id_of(const struct campaign *campaign, unsigned i)
{
	return (struct trust_key_id){(uint8_t)(i + 1), campaign->keys[i]};
}

static enum trust_state state_of(struct world *world, const struct campaign *campaign, unsigned i,
				 int64_t now_s)
{
	struct view *view = &world->views.items[campaign->keys[i]];
	const struct trust_key *key = view->key;

	if (!key || !key->n_votes)
		return TRUST_UNKNOWN;
	if (key->state != TRUST_PUBLISHED)
		return (enum trust_state)key->state;
	if (view->last_s != key->last_s || now_s - view->looked_s >= HOUR_S)
		*view = (struct view){key, now_s, key->last_s,
				      (uint8_t)trust_judge(world->trust, key, now_s).state};
	return (enum trust_state)view->state;
}

/* As the helper of spamd says it of a mail's links. */
static bool is_in_context(struct world *world, const struct campaign *campaign, int64_t now_s)
{
	struct seen seen = seen_at(&world->tallies.items[campaign->keys[0]], now_s);
	enum trust_state state = state_of(world, campaign, 0, now_s);

	return seen_is_settled(&seen, (uint32_t)world->settings->constants->legitimate_min,
			       world->settings->constants->groups_min) &&
	       (state == TRUST_UNKNOWN || state == TRUST_LEGITIMATE);
}

/* --- what is said --- */

/* As the opinion on a mail is made: a text says it, or a link and a shape do; either of these alone
 * doesn't. */
static bool is_published(struct world *world, const struct campaign *campaign, unsigned keys,
			 int64_t now_s)
{
	bool said[KEYS];

	for (unsigned i = 0; i < KEYS; i++)
		said[i] = keys >> i & 1 && state_of(world, campaign, i, now_s) == TRUST_PUBLISHED;
	return said[2] || said[3] || (said[0] && said[1]);
}

/* A newsletter that is, or would be, blocked. */
static void trace(struct world *world, struct campaign *campaign, int64_t now_s)
{
	struct trust_key_id ids[KEYS];

	if (!world->settings->is_traced || campaign->is_spam || campaign->is_traced)
		return;
	campaign->is_traced = true;
	for (unsigned i = 0; i < KEYS; i++)
		ids[i] = id_of(campaign, i);
	trace_print(&(struct trace_verdict){
		.settings = world->settings,
		.trust = world->trust,
		.what = campaign->is_new_sender ? "a new sender's first mailing" : "a newsletter",
		.keys = ids,
		.n_keys = KEYS,
		.start_s = START_S,
		.first_s = campaign->first_s,
		.now_s = now_s,
		.n_deliveries = campaign->n_deliveries,
	});
}

static void note_publication(struct world *world, struct campaign *campaign, int64_t now_s)
{
	if (campaign->published_s || !is_published(world, campaign, (1 << KEYS) - 1, now_s))
		return;
	campaign->published_s = now_s;
	trace(world, campaign, now_s);
	if (campaign->is_spam) {
		double minutes = (double)(now_s - campaign->first_report_s) / 60;
		vec_push(world->arena, &world->minutes, minutes);
		world->score.spam_published++;
	}
}

static void hand_in(struct world *world, uint32_t number, unsigned keys, uint32_t reporter,
		    uint32_t group, enum trust_class class, enum trust_kind kind, int64_t now_s)
{
	struct campaign *campaign = &world->campaigns.items[number];
	struct trust_key_id ids[KEYS];
	struct seen seen[KEYS];
	struct trust_report report = {
		.sequence = ++world->sequence,
		.at_s = now_s,
		.reporter = reporter,
		.group = group,
		.mark = mark_of(group),
		.class = (uint8_t) class,
		.kind = (uint8_t)kind,
		.keys = ids,
		.seen = world->settings->counts_exposures ? seen : NULL,
	};

	for (unsigned i = 0; i < KEYS; i++)
		if (keys >> i & 1) {
			ids[report.n_keys] = id_of(campaign, i);
			seen[report.n_keys++] =
				seen_at(&world->tallies.items[campaign->keys[i]], now_s);
		}
	if (!campaign->first_report_s && kind == TRUST_SPAM)
		campaign->first_report_s = now_s;
	trust_fold(world->trust, &report);
	for (unsigned i = 0; i < KEYS; i++)
		if (keys >> i & 1)
			world->views.items[campaign->keys[i]].key =
				trust_find_key(world->trust, id_of(campaign, i));
	note_publication(world, campaign, now_s);
	if (!campaign->is_seen_planned && kind == TRUST_SPAM) {
		campaign->is_seen_planned = true;
		plan(world,
		     (struct event){.at_s = now_s +
					    (int64_t)world->settings->constants->settle_after_s -
					    60,
				    .kind = EVENT_SEEN,
				    .campaign = number});
	}
}

static void plan_report(struct world *world, const struct event *mail, uint32_t mailbox,
			enum trust_kind kind, double minutes)
{
	plan(world, (struct event){.at_s = mail->at_s + (int64_t)(minutes * 60),
				   .kind = EVENT_REPORT,
				   .report = (uint8_t)kind,
				   .campaign = mail->campaign,
				   .mailbox = mailbox,
				   .keys = mail->keys});
}

/* --- mail --- */

static void read_spam(struct world *world, const struct event *mail, bool is_blocked)
{
	const struct mailbox *mailbox = &world->mailboxes[mail->mailbox];
	bool is_theirs = mailbox->is_hostile && is_awake(world, mail->at_s) &&
			 world->campaigns.items[mail->campaign].is_theirs;

	if (is_theirs && is_blocked)
		plan_report(world, mail, mail->mailbox, TRUST_REVOKE,
			    strike_minutes * random_share(world));
	else if (!is_theirs && !is_blocked &&
		 happens(world, mailbox->is_admin ? admin_rate : world->settings->report_rate))
		plan_report(world, mail, mail->mailbox, TRUST_SPAM,
			    lognormal(world, delay_minutes, delay_spread));
}

/* Attackers of any group, or of one. */
static void strike(struct world *world, const struct event *mail, uint32_t group)
{
	for (uint32_t i = 0; i < MAILBOXES; i++)
		if (world->mailboxes[i].is_hostile &&
		    (!group || world->mailboxes[i].group == group))
			plan_report(world, mail, i, TRUST_SPAM,
				    strike_minutes * random_share(world));
}

static void strike_target(struct world *world, const struct event *mail, struct campaign *campaign)
{
	uint32_t group = world->mailboxes[mail->mailbox].group;
	uint8_t *struck = &campaign->has_struck[group / 8], bit = (uint8_t)(1 << group % 8);

	if (world->settings->tactic == TACTIC_FOCUS && campaign->n_deliveries == 1)
		strike(world, mail, 0);
	if (world->settings->tactic == TACTIC_IN_TURN && !(*struck & bit))
		strike(world, mail, group);
	*struck |= bit;
}

static void read_letter(struct world *world, const struct event *mail, bool is_blocked)
{
	const struct mailbox *mailbox = &world->mailboxes[mail->mailbox];
	struct campaign *campaign = &world->campaigns.items[mail->campaign];
	bool is_hostile = mailbox->is_hostile && is_awake(world, mail->at_s);

	if (is_blocked && !is_hostile && happens(world, revoke_rate))
		plan_report(world, mail, mail->mailbox, TRUST_REVOKE,
			    lognormal(world, delay_minutes, delay_spread));
	else if (!is_blocked && !is_hostile && happens(world, mistake_rate))
		plan_report(world, mail, mail->mailbox, TRUST_SPAM,
			    lognormal(world, delay_minutes, delay_spread));
	else if (is_hostile && world->settings->tactic == TACTIC_SPREAD)
		plan_report(world, mail, mail->mailbox, TRUST_SPAM,
			    strike_minutes * random_share(world));
	if (campaign->is_target && is_awake(world, mail->at_s))
		strike_target(world, mail, campaign);
}

static void count_mail(struct world *world, struct campaign *campaign, int64_t now_s,
		       bool is_blocked)
{
	struct world_score *score = &world->score;

	if (!campaign->n_deliveries++)
		campaign->first_s = now_s;
	if (is_blocked)
		trace(world, campaign, now_s);
	if (campaign->is_spam) {
		score->spam_deliveries++;
		score->spam_blocked += is_blocked;
		if (now_s >= START_S + AWAKE_DAY * (int64_t)DAY_S) {
			score->awake_deliveries++;
			score->awake_blocked += is_blocked;
		}
	} else {
		score->ham_deliveries++;
		score->ham_lost += is_blocked;
	}
	campaign->was_blocked |= is_blocked;
}

static void deliver(struct world *world, struct event *mail)
{
	struct campaign *campaign = &world->campaigns.items[mail->campaign];
	bool in_context = is_in_context(world, campaign, mail->at_s);

	mail->keys = 1;
	for (unsigned i = 1; i < KEYS; i++)
		mail->keys |= (uint8_t)(happens(world, key_share) << i);
	bool is_blocked = is_published(world, campaign, mail->keys, mail->at_s);
	for (unsigned i = 0; i < KEYS && !is_blocked; i++)
		if (mail->keys >> i & 1)
			seen_add(&world->tallies.items[campaign->keys[i]],
				 &(struct seen_mail){
					 .mark = world->mailboxes[mail->mailbox].mark,
					 .in_context = i > 0 && in_context,
					 .at_s = mail->at_s,
					 .late_s = (int64_t)world->settings->constants->late_s,
				 });
	count_mail(world, campaign, mail->at_s, is_blocked);
	if (campaign->is_spam)
		read_spam(world, mail, is_blocked);
	else
		read_letter(world, mail, is_blocked);
}

/* --- campaigns --- */

static void send_all(struct world *world, int64_t from_s, unsigned n, double hours)
{
	for (unsigned i = 0; i < n; i++)
		plan(world,
		     (struct event){.at_s = from_s + (int64_t)(random_share(world) * hours * 3600),
				    .kind = EVENT_MAIL,
				    .campaign = (uint32_t)world->campaigns.n - 1,
				    .mailbox = random_below(world, MAILBOXES)});
}

static void send_once_each(struct world *world, int64_t from_s, unsigned n, double hours)
{
	uint32_t order[MAILBOXES];

	for (uint32_t i = 0; i < MAILBOXES; i++)
		order[i] = i;
	for (unsigned i = 0; i < n && i < MAILBOXES; i++) {
		unsigned other = i + random_below(world, MAILBOXES - i);
		uint32_t mailbox = order[other];

		order[other] = order[i];
		plan(world,
		     (struct event){.at_s = from_s + (int64_t)(random_share(world) * hours * 3600),
				    .kind = EVENT_MAIL,
				    .campaign = (uint32_t)world->campaigns.n - 1,
				    .mailbox = mailbox});
	}
}

static void start_spam(struct world *world, int64_t day_s)
{
	struct campaign campaign = {.is_spam = true, .is_theirs = happens(world, 0.5)};
	int64_t from_s = day_s + random_below(world, DAY_S);
	unsigned n = (unsigned)fmax(50, fmin(6000, lognormal(world, spam_median, spam_spread)));
	double hours = fmin(96, lognormal(world, spam_hours, spam_hours_spread));

	for (unsigned i = 0; i < KEYS; i++)
		campaign.keys[i] = new_key(world);
	if (happens(world, spam_on_good_hosts))
		campaign.keys[0] = world->series_keys[random_below(world, SERIES)][0];
	vec_push(world->arena, &world->campaigns, campaign);
	world->score.spam_campaigns++;
	send_all(world, from_s, n, hours);
	if (happens(world, world->settings->trap_share))
		plan(world,
		     (struct event){.at_s = from_s + (int64_t)(random_share(world) * hours * 3600),
				    .kind = EVENT_TRAP,
				    .campaign = (uint32_t)world->campaigns.n - 1});
}

static void start_letter(struct world *world, const uint32_t sender[2], unsigned size,
			 int64_t day_s)
{
	struct campaign campaign = {.is_new_sender = !sender};

	campaign.keys[0] = sender ? sender[0] : new_key(world);
	campaign.keys[1] = sender ? sender[1] : new_key(world);
	campaign.keys[2] = new_key(world);
	campaign.keys[3] = new_key(world);
	vec_push(world->arena, &world->campaigns, campaign);
	world->score.ham_campaigns++;
	send_once_each(world, day_s + random_below(world, DAY_S), size,
		       world->settings->letter_hours);
}

static unsigned letter_size(struct world *world)
{
	return (unsigned)fmax(30, fmin(MAILBOXES, lognormal(world, letter_median, letter_spread)));
}

static void start_day(struct world *world, int64_t now_s)
{
	unsigned day = (unsigned)((now_s - START_S) / DAY_S);
	size_t first = world->campaigns.n;
	uint64_t random = world->random;

	world->random = world->mail_random;
	for (unsigned i = 0; i < SERIES; i++)
		if ((day + i) % world->series_period[i] == 0)
			start_letter(world, world->series_keys[i], world->series_size[i], now_s);
	for (unsigned i = 0; i < NEW_SENDERS; i++)
		start_letter(world, NULL, letter_size(world), now_s);
	/* one that nobody knows yet is the easiest prey */
	for (unsigned i = 0; i < TARGETS_A_DAY && world->settings->tactic != TACTIC_SPREAD; i++) {
		unsigned n = (unsigned)(world->campaigns.n - first);
		unsigned target = i ? random_below(world, n) : n - 1;

		world->campaigns.items[first + target].is_target = true;
	}
	for (unsigned i = 0; i < SPAM_A_DAY; i++)
		start_spam(world, now_s);
	world->mail_random = world->random;
	world->random = random;
}

/* --- the run --- */

static void take(struct world *world, struct event *event)
{
	const struct mailbox *mailbox = &world->mailboxes[event->mailbox];
	unsigned all = (1 << KEYS) - 1;

	switch ((enum event_kind)event->kind) {
	case EVENT_DAY:
		start_day(world, event->at_s);
		break;
	case EVENT_MAIL:
		deliver(world, event);
		break;
	case EVENT_REPORT:
		hand_in(world, event->campaign, event->keys, event->mailbox + 1, mailbox->group,
			mailbox->is_admin ? TRUST_ADMIN : TRUST_USER,
			(enum trust_kind)event->report, event->at_s);
		break;
	case EVENT_TRAP:
		hand_in(world, event->campaign, all, TRAP, TRAP, TRUST_HONEYPOT, TRUST_SPAM,
			event->at_s);
		break;
	case EVENT_SEEN:
		hand_in(world, event->campaign, all, 0, 0, TRUST_USER, TRUST_SEEN, event->at_s);
		break;
	}
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void finish(struct world *world)
{
	for (size_t i = 0; i < world->campaigns.n; i++) {
		const struct campaign *campaign = &world->campaigns.items[i];

		if (campaign->is_spam || (!campaign->was_blocked && !campaign->published_s))
			continue;
		world->score.ham_blocked++;
		world->score.new_blocked += campaign->is_new_sender;
	}
	if (world->minutes.n) {
		qsort(world->minutes.items, world->minutes.n, sizeof(double), by_value);
		world->score.minutes = world->minutes.items[world->minutes.n / 2];
	}
}

struct world_score world_run(const struct world_settings *settings)
{
	struct arena *arena = arena_new("world", 0);
	struct world world = {.settings = settings,
			      .arena = arena,
			      .random = settings->seed,
			      .mail_random = ~settings->seed};

	world.trust = trust_new(arena, settings->constants, NULL);
	make_mailboxes(&world);
	for (unsigned i = 0; i < SERIES; i++) {
		world.series_keys[i][0] = new_key(&world);
		world.series_keys[i][1] = new_key(&world);
		world.series_period[i] = 1 + random_below(&world, 7);
		world.series_size[i] = letter_size(&world);
	}
	for (int day = 0; day < DAYS; day++)
		plan(&world,
		     (struct event){.at_s = START_S + day * (int64_t)DAY_S, .kind = EVENT_DAY});
	while (world.events.n && world.events.items[0].at_s < START_S + DAYS * (int64_t)DAY_S) {
		struct event event = next_event(&world);
		take(&world, &event);
	}
	finish(&world);
	arena_free(arena);
	return world.score;
}
