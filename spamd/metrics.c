/* metrics: see metrics.h. */
#include "spamd/metrics.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "lib/base/log.h"
#include "lib/server/signals.h"

enum {
	REQUEST_BYTES = 4096, /* of a request, whatever it says */
	REQUEST_MS = 2000,    /* for the reader to ask and to take the answer */
	LINGER_MS = 500,
	N_STATES = CHILD_RETIRED + 1,
	N_CODES = WIRE_TIMEOUT - WIRE_USAGE + 1,
};

/* Upper bounds of the histogram's buckets, in seconds. */
static const double bounds[] = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
				1,     2.5,  5,     10,   30,  60,   300};
enum { N_BOUNDS = sizeof bounds / sizeof *bounds };

struct metrics {
	atomic_ullong spam, ham;
	atomic_ullong scan_us;             /* of all scans together */
	atomic_ullong scans[N_BOUNDS + 1]; /* by bucket, the last without a bound */
	atomic_ullong refusals;
	atomic_ullong faults[N_CODES];
	atomic_ullong rules, rule_loads;
	atomic_ullong children[N_STATES];
	int64_t started_s;
};

enum status metrics_new(struct metrics **metrics_out, struct why *why)
{
	struct metrics *metrics = mmap(NULL, sizeof *metrics, PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	*metrics_out = NULL;
	if (metrics == MAP_FAILED)
		return why_errno(why, STATUS_NO_MEMORY, "no memory for the metrics");
	metrics->started_s = clock_wall_s();
	*metrics_out = metrics;
	return STATUS_OK;
}

/* --- counting ----------------------------------------------------------------------------------
 */

static void add(atomic_ullong *counter, unsigned long long n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

void metrics_scan(struct metrics *metrics, bool is_spam, double seconds)
{
	size_t bucket = 0;

	if (!metrics)
		return;
	while (bucket < N_BOUNDS && seconds > bounds[bucket])
		bucket++;
	add(is_spam ? &metrics->spam : &metrics->ham, 1);
	add(&metrics->scans[bucket], 1);
	add(&metrics->scan_us, seconds > 0 ? (unsigned long long)(seconds * 1e6) : 0);
}

void metrics_refusal(struct metrics *metrics)
{
	if (metrics)
		add(&metrics->refusals, 1);
}

void metrics_fault(struct metrics *metrics, enum wire_code code)
{
	if (metrics && code >= WIRE_USAGE && code <= WIRE_TIMEOUT)
		add(&metrics->faults[code - WIRE_USAGE], 1);
}

void metrics_rules(struct metrics *metrics, size_t n_rules)
{
	if (!metrics)
		return;
	atomic_store(&metrics->rules, n_rules);
	add(&metrics->rule_loads, 1);
}

void metrics_children(struct metrics *metrics, const struct scoreboard *board)
{
	if (!metrics)
		return;
	for (int state = 0; state < N_STATES; state++)
		atomic_store(&metrics->children[state],
			     (unsigned long long)scoreboard_count(board, (enum child_state)state));
}

/* --- the page ----------------------------------------------------------------------------------
 */

static unsigned long long get(const atomic_ullong *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static void head(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void write_verdicts(const struct metrics *metrics, struct buf *out)
{
	head(out, "whorl_messages_total", "counter", "Messages scanned, by verdict.");
	buf_printf(out, "whorl_messages_total{verdict=\"spam\"} %llu\n", get(&metrics->spam));
	buf_printf(out, "whorl_messages_total{verdict=\"ham\"} %llu\n", get(&metrics->ham));
}

static void write_times(const struct metrics *metrics, struct buf *out)
{
	unsigned long long so_far = 0;

	head(out, "whorl_scan_seconds", "histogram",
	     "From the connection to the verdict, in seconds.");
	for (size_t i = 0; i < N_BOUNDS; i++) {
		so_far += get(&metrics->scans[i]);
		buf_printf(out, "whorl_scan_seconds_bucket{le=\"%g\"} %llu\n", bounds[i], so_far);
	}
	so_far += get(&metrics->scans[N_BOUNDS]);
	buf_printf(out, "whorl_scan_seconds_bucket{le=\"+Inf\"} %llu\n", so_far);
	buf_printf(out, "whorl_scan_seconds_sum %.6f\n", (double)get(&metrics->scan_us) / 1e6);
	buf_printf(out, "whorl_scan_seconds_count %llu\n", so_far);
}

static void write_rejects(const struct metrics *metrics, struct buf *out)
{
	static const enum wire_code codes[] = {WIRE_UNAVAILABLE, WIRE_TEMPFAIL, WIRE_PROTOCOL,
					       WIRE_TIMEOUT};

	head(out, "whorl_rejects_total", "counter",
	     "Requests answered with a fault, by its code, and connections not allowed.");
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		buf_printf(out, "whorl_rejects_total{reason=\"%d\"} %llu\n", (int)codes[i],
			   get(&metrics->faults[codes[i] - WIRE_USAGE]));
	buf_printf(out, "whorl_rejects_total{reason=\"not_allowed\"} %llu\n",
		   get(&metrics->refusals));
}

static void write_children(const struct metrics *metrics, struct buf *out)
{
	static const char *const names[N_STATES] = {[CHILD_STARTING] = "starting",
						    [CHILD_IDLE] = "idle",
						    [CHILD_BUSY] = "busy",
						    [CHILD_RETIRED] = "retired"};

	head(out, "whorl_children", "gauge", "Children, by state.");
	for (int state = 0; state < N_STATES; state++)
		buf_printf(out, "whorl_children{state=\"%s\"} %llu\n", names[state],
			   get(&metrics->children[state]));
}

/* Connections that the kernel has taken and no child yet. Linux tells it in a field made for
 * something else. */
static unsigned long long waiting(const struct listener_vec *listeners)
{
	unsigned long long n = 0;

	for (size_t i = 0; i < listeners->n; i++) {
		struct tcp_info info = {0};
		socklen_t size = sizeof info;

		if (!listeners->items[i].is_unix &&
		    getsockopt(listeners->items[i].fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0)
			n += info.tcpi_unacked;
	}
	return n;
}

void metrics_write(const struct metrics *metrics, const struct listener_vec *listeners,
		   struct buf *out)
{
	write_verdicts(metrics, out);
	write_times(metrics, out);
	write_rejects(metrics, out);
	write_children(metrics, out);
	head(out, "whorl_queue_connections", "gauge", "TCP connections that wait for a child.");
	buf_printf(out, "whorl_queue_connections %llu\n", waiting(listeners));
	head(out, "whorl_rules", "gauge", "Rules in force.");
	buf_printf(out, "whorl_rules %llu\n", get(&metrics->rules));
	head(out, "whorl_rule_loads_total", "counter", "Rule sets loaded: at start and by SIGHUP.");
	buf_printf(out, "whorl_rule_loads_total %llu\n", get(&metrics->rule_loads));
	head(out, "process_start_time_seconds", "gauge", "When spamd started.");
	buf_printf(out, "process_start_time_seconds %lld\n", (long long)metrics->started_s);
}

/* --- the process that answers ------------------------------------------------------------------
 */

/* The first line of the request, once the empty line or the bound is reached. */
static bool read_request(struct conn *conn, struct deadline deadline, struct buf *in)
{
	struct why why;

	while (in->len < REQUEST_BYTES && !str_contains(buf_str(in), "\r\n\r\n") &&
	       !str_contains(buf_str(in), "\n\n")) {
		size_t n = 0;
		char *room = buf_reserve(in, REQUEST_BYTES);

		if (conn_read(conn, room, REQUEST_BYTES - in->len, &n, deadline, &why) != STATUS_OK)
			return false;
		if (n == 0)
			break;
		buf_commit(in, n);
	}
	return in->len > 0;
}

static bool asks_for_metrics(struct str request)
{
	return str_has_prefix(request, "GET /metrics ") || str_has_prefix(request, "GET /metrics?");
}

static void answer(const struct metrics *metrics, const struct listener_vec *listeners,
		   struct conn *conn)
{
	struct deadline deadline = deadline_in_ms(REQUEST_MS);
	struct buf in, page, out;
	struct why why;

	buf_init(&in, NULL);
	buf_init(&page, NULL);
	buf_init(&out, NULL);
	if (read_request(conn, deadline, &in)) {
		bool found = asks_for_metrics(buf_str(&in));
		if (found)
			metrics_write(metrics, listeners, &page);
		else
			buf_add_cstr(&page, "only GET /metrics\n");
		buf_printf(&out,
			   "HTTP/1.0 %s\r\nContent-Type: text/plain; version=0.0.4\r\n"
			   "Content-Length: %zu\r\nConnection: close\r\n\r\n",
			   found ? "200 OK" : "404 Not Found", page.len);
		buf_add_str(&out, buf_str(&page));
		if (conn_write_all(conn, buf_str(&out), deadline, &why) != STATUS_OK)
			log_debug("metrics", "%s", why.text);
	}
	conn_finish(conn, LINGER_MS);
	buf_free(&in);
	buf_free(&page);
	buf_free(&out);
}

void metrics_run(const struct metrics *metrics, const struct listener_vec *listeners,
		 const struct listener *own, int control_fd)
{
	struct pollfd fds[] = {{.fd = own->fd, .events = POLLIN},
			       {.fd = control_fd, .events = POLLIN}};
	struct conn conn;
	struct why why;

	for (;;) {
		int ready = signals_poll(fds, 2, -1);
		if ((signals_take() & SIGNAL_STOP) || (ready > 0 && fds[1].revents))
			return;
		if (ready > 0 && net_accept(own, &conn, DEADLINE_NOW, &why) == STATUS_OK)
			answer(metrics, listeners, &conn);
	}
}

enum status metrics_listen(struct arena *keep, unsigned port, struct listener_vec *own_out,
			   struct why *why)
{
	struct listen_spec spec = {.text = STR_LIT("metrics"),
				   .host = STR_LIT("127.0.0.1"),
				   .port = port,
				   .has_port = true,
				   .family = NET_FAMILY_IPV4};
	enum status status = net_listen(keep, &spec, NULL, 1, 0, own_out, why);

	return status == STATUS_OK ? status : why_context(why, "metrics_port");
}
