/* room: see room.h. */
#include "spamd/room.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <signal.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/server/channel.h"
#include "lib/server/signals.h"
#include "spamd/guest.h"

enum {
	EVENTS = 256,
	READ_BYTES = 64 * 1024,
	TICK_MS = 100,  /* deadlines are looked at this often */
	SPARE_FDS = 64, /* of the limit of descriptors */
	GUESTS_MAX = 16384,
	BYTES_MAX = 256 * 1024 * 1024, /* of all requests that wait here */
	LARGE_BYTES = 4 * 1024 * 1024, /* more than that, or than so many guests: memory is given */
	LARGE_GUESTS = 64,             /* back to the system afterwards */
	LESSON_MS =
		10 * 1000, /* a child that has not said that it is done by then is not waited for */
	NOBODY_MS = 60 * 1000, /* behind its deadline a request waits so long for a child */
};

/* --- coming and going --------------------------------------------------------------------------
 */

static void watch(struct room *room, struct guest *guest, int fd, unsigned *watched,
		  unsigned events)
{
	struct epoll_event event = {.events = events, .data = {.ptr = guest}};

	if (events != *watched && fd >= 0)
		epoll_ctl(room->epoll_fd,
			  !events    ? EPOLL_CTL_DEL
			  : *watched ? EPOLL_CTL_MOD
				     : EPOLL_CTL_ADD,
			  fd, &event);
	*watched = events;
}

void guest_watch(struct room *room, struct guest *guest, unsigned events, unsigned inner_events)
{
	watch(room, guest, guest->conn.fd, &guest->watched, events);
	watch(room, guest, guest->inner_fd, &guest->inner_watched, inner_events);
}

void guest_count(struct room *room, struct guest *guest, size_t n_bytes)
{
	room->n_bytes += n_bytes - guest->counted;
	guest->counted = n_bytes;
	room->was_large = room->was_large || room->n_bytes > LARGE_BYTES;
}

void guest_leave(struct room *room, struct guest *guest)
{
	if (guest->previous)
		guest->previous->next = guest->next;
	else
		room->first = guest->next;
	if (guest->next)
		guest->next->previous = guest->previous;
	else
		room->last = guest->previous;
	room->n_guests--;
	guest_count(room, guest, 0);
	/* Closing alone would not do while another process has a copy. */
	guest_watch(room, guest, 0, 0);
	conn_close(&guest->conn);
	if (guest->inner_fd >= 0)
		close(guest->inner_fd);
	buf_free(&guest->bytes);
	buf_free(&guest->inward);
	if (guest->arena)
		arena_free(guest->arena);
	/* An event of its other descriptor may be on its way. */
	guest->state = GUEST_GONE;
	guest->next = room->gone;
	room->gone = guest;
}

static void forget_gone(struct room *room)
{
	while (room->gone) {
		struct guest *guest = room->gone;
		room->gone = guest->next;
		free(guest);
	}
	if (room->was_large && room->n_guests == 0) {
		arena_trim();
		room->was_large = false;
	}
}

/* Most children are for scans. */
static bool may_teach(struct room *room)
{
	int most = (room->service->args->max_children + 2) / 4;

	if (clock_mono_ms() >= room->lessons_end_ms)
		room->n_lessons = 0;
	return room->n_lessons < (most > 1 ? most : 1);
}

static void begin_lesson(struct room *room)
{
	room->n_lessons++;
	room->lessons_end_ms = clock_mono_ms() + LESSON_MS;
}

/* To a child. When none can take it now it is tried again at the next tick. */
static void give_to_child(struct room *room, struct guest *guest)
{
	guest_watch(room, guest, 0, 0);
	guest->state = GUEST_WAITS;
	guest->parcel.kind = PARCEL_REQUEST;
	if (guest->parcel.is_lesson && !may_teach(room))
		return;
	if (guest->conn.tls) {
		relay_give(room, guest);
	} else if (parcel_send(room->outbox_fd, &guest->parcel, guest->conn.fd,
			       buf_str(&guest->bytes))) {
		if (guest->parcel.is_lesson)
			begin_lesson(room);
		guest_leave(room, guest);
	}
}

/* A child is done with one: the next that waits. */
static void end_lesson(struct room *room)
{
	struct guest *next;

	room->n_lessons -= room->n_lessons > 0;
	for (struct guest *guest = room->first; guest && may_teach(room); guest = next) {
		next = guest->next;
		if (guest->state == GUEST_WAITS && guest->parcel.is_lesson)
			give_to_child(room, guest);
	}
}

/* --- requests ----------------------------------------------------------------------------------
 */

static bool needs_no_body(const struct wire_request *request)
{
	return request->verb == WIRE_VERB_PING || request->verb == WIRE_VERB_SKIP ||
	       (request->zlib && !request->has_length);
}

static void expect_body(const struct room *room, struct guest *guest)
{
	const struct wire_request *request = &guest->reader.request;
	uint64_t body = room->service->config.max_message_bytes + 1; /* then it is too large */

	if (needs_no_body(request))
		body = 0;
	else if (request->has_length && request->length < body)
		body = request->length;
	guest->wanted = guest->at + body;
	if (guest->wanted == 0)
		guest->wanted = 1;
}

/* False: there is nothing to read yet, and a silent guest shall not cost memory. */
static bool has_reader(struct guest *guest)
{
	if (!guest->arena && (guest->bytes.len > 0 || guest->ended)) {
		guest->arena = arena_new("guest", 0);
		wire_request_reader_init(&guest->reader, guest->arena);
	}
	return guest->arena != NULL;
}

/* True: nothing more needs to be read. */
static bool is_complete(const struct room *room, struct guest *guest)
{
	if (!has_reader(guest))
		return false;
	while (guest->wanted == 0) {
		size_t used = 0;
		enum wire_progress progress = wire_request_read(
			&guest->reader, str_from_at(buf_str(&guest->bytes), guest->at),
			guest->ended, &used);
		guest->at += used;
		switch (progress) {
		case WIRE_MORE:
			return false;
		case WIRE_FAULT:
			return true;
		case WIRE_GOT_LINE:
			if (guest->parcel.has_line)
				break;
			guest->parcel.has_line = true;
			guest->parcel.deadline_ms =
				deadline_in_ms(room->service->args->timeout_child_s * 1000).at_ms;
			break;
		case WIRE_GOT_HEAD:
			expect_body(room, guest);
			break;
		}
	}
	return guest->ended || guest->bytes.len >= guest->wanted;
}

/* True: there may be more, and no event will tell. */
static bool read_piece(struct room *room, struct guest *guest)
{
	char piece[READ_BYTES]; /* the guest gets no more memory than it fills */
	struct why why;
	size_t n = 0;
	enum status status = conn_read(&guest->conn, piece, sizeof piece, &n, DEADLINE_NOW, &why);

	if (status == STATUS_TIMEOUT)
		return false;
	buf_add(&guest->bytes, piece, n);
	guest_count(room, guest, guest->bytes.len);
	guest->ended = status != STATUS_OK || n == 0; /* gone or done: the child will see which */
	return !guest->ended && guest->conn.tls;
}

void guest_read(struct room *room, struct guest *guest)
{
	bool complete = is_complete(room, guest), more = true;

	while (more && !complete && room->n_bytes <= BYTES_MAX) {
		more = read_piece(room, guest);
		complete = is_complete(room, guest);
	}
	if (complete) {
		give_to_child(room, guest);
	} else if (room->n_bytes > BYTES_MAX) {
		guest->parcel.stays = true; /* no memory for it here: a child has to wait */
		give_to_child(room, guest);
	} else {
		guest_watch(room, guest, EPOLLIN, 0);
	}
}

/* --- answers -----------------------------------------------------------------------------------
 */

/* What still comes is dropped until the client closes. */
static void drain(struct room *room, struct guest *guest)
{
	char dropped[16 * 1024];
	struct why why;
	size_t n = 0;
	enum status status =
		conn_read(&guest->conn, dropped, sizeof dropped, &n, DEADLINE_NOW, &why);

	if ((status != STATUS_OK || n == 0) && status != STATUS_TIMEOUT)
		guest_leave(room, guest);
}

void guest_all_sent(struct room *room, struct guest *guest)
{
	if (guest->conn.tls)
		tls_half_close(&guest->conn, DEADLINE_NOW);
	shutdown(guest->conn.fd, SHUT_WR);
	guest_watch(room, guest, EPOLLIN, 0);
	if (guest->inner_fd >= 0)
		close(guest->inner_fd); /* the child need not linger */
	guest->inner_fd = -1;
	guest->state = GUEST_DRAINS;
	guest->parcel.deadline_ms = deadline_in_ms(room->service->config.linger_ms + 1).at_ms;
}

static void send_more(struct room *room, struct guest *guest)
{
	struct str left = str_from_at(buf_str(&guest->bytes), guest->at);
	int64_t before = guest->conn.n_written_bytes;
	struct why why;
	enum status status = conn_write_all(&guest->conn, left, DEADLINE_NOW, &why);

	guest->at += (size_t)(guest->conn.n_written_bytes - before);
	if (status == STATUS_OK)
		guest_all_sent(room, guest);
	else if (status != STATUS_TIMEOUT)
		guest_leave(room, guest);
}

/* --- the door ----------------------------------------------------------------------------------
 */

/* The one that has been here longest without a request goes. */
static void make_place(struct room *room)
{
	struct guest *guest = room->first;

	while (guest && guest->state != GUEST_READS && guest->state != GUEST_SHAKES)
		guest = guest->next;
	if (!guest)
		return;
	guest->parcel.deadline_ms = clock_mono_ms();
	if (guest->state == GUEST_READS)
		give_to_child(room, guest);
	else
		guest_leave(room, guest);
}

static enum status adopt(const struct parcel *parcel, int fd, struct conn *conn_out,
			 struct why *why)
{
	if (parcel->kind == PARCEL_TLS)
		return conn_adopt_as(fd, &parcel->peer, parcel->local_port, conn_out, why);
	*conn_out = (struct conn){.fd = fd};
	return STATUS_OK;
}

static struct guest *enter(struct room *room, const struct parcel *parcel, int fd,
			   const struct buf *bytes)
{
	struct guest *guest = calloc(1, sizeof *guest);
	struct why why;

	if (!guest || adopt(parcel, fd, &guest->conn, &why) != STATUS_OK) {
		free(guest);
		close(fd);
		return NULL;
	}
	guest->parcel = *parcel;
	guest->bytes = *bytes;
	guest->inner_fd = -1;
	guest->previous = room->last;
	*(room->last ? &room->last->next : &room->first) = guest;
	room->last = guest;
	room->n_guests++;
	room->was_large = room->was_large || room->n_guests > LARGE_GUESTS;
	guest_count(room, guest, bytes->len);
	return guest;
}

static void welcome(struct room *room, const struct parcel *parcel, int fd, struct buf *bytes)
{
	if (room->n_guests >= room->n_guests_max)
		make_place(room);
	struct guest *guest = enter(room, parcel, fd, bytes);
	if (!guest) {
		buf_free(bytes);
		return;
	}
	if (parcel->kind == PARCEL_SEND) {
		guest->state = GUEST_SENDS;
		guest_watch(room, guest, EPOLLOUT, 0);
		return;
	}
	guest->state = GUEST_READS;
	if (parcel->kind == PARCEL_TLS)
		relay_begin(room, guest);
	else
		guest_read(room, guest);
}

static void receive(struct room *room, const struct parcel *parcel, int fd, struct buf *bytes)
{
	if (parcel->kind != PARCEL_TAUGHT) {
		welcome(room, parcel, fd, bytes);
		return;
	}
	close(fd);
	buf_free(bytes);
	end_lesson(room);
}

static void take_parcels(struct room *room)
{
	struct parcel parcel;
	struct buf bytes;
	struct why why;
	int fd;

	for (int i = 0; i < EVENTS; i++) {
		buf_init(&bytes, NULL);
		enum status status = parcel_receive(room->inbox_fd, &parcel, &fd, &bytes, &why);
		if (status == STATUS_OK) {
			receive(room, &parcel, fd, &bytes);
			continue;
		}
		buf_free(&bytes);
		if (status == STATUS_CLOSED)
			room->stop = true;
		if (status != STATUS_IO)
			return;
		log_warn("spamd: waiting room: %s", why.text);
	}
}

/* --- the loop ----------------------------------------------------------------------------------
 */

static bool is_late(const struct guest *guest, int64_t by_ms)
{
	int64_t deadline_ms = guest->parcel.deadline_ms;

	return deadline_ms > 0 && clock_mono_ms() >= deadline_ms + by_ms;
}

/* Who has had his time goes, and who waits for a free child is tried again. */
static void look_at(struct room *room, struct guest *guest)
{
	switch (guest->state) {
	case GUEST_READS:
		if (is_late(guest, 0))
			give_to_child(room, guest);
		break;
	case GUEST_WAITS:
		if (is_late(guest, NOBODY_MS))
			guest_leave(room, guest);
		else
			give_to_child(room, guest);
		break;
	case GUEST_RELAYED: /* the child looks at the clock, until it has sent its answer */
		if (guest->answered && is_late(guest, 0))
			guest_leave(room, guest);
		break;
	default:
		if (is_late(guest, 0))
			guest_leave(room, guest);
	}
}

static void look_at_all(struct room *room)
{
	struct guest *next;

	for (struct guest *guest = room->first; guest; guest = next) {
		next = guest->next;
		look_at(room, guest);
	}
}

static void serve(struct room *room, struct guest *guest)
{
	static void (*const serve_in[])(struct room *, struct guest *) = {
		[GUEST_SHAKES] = relay_shake, [GUEST_READS] = guest_read,
		[GUEST_RELAYED] = relay_pump, [GUEST_SENDS] = send_more,
		[GUEST_DRAINS] = drain,       [GUEST_GONE] = NULL,
	};

	if (serve_in[guest->state])
		serve_in[guest->state](room, guest);
}

/* Whose request is not all there can wait no longer; answers are finished. */
static void send_readers_away(struct room *room)
{
	struct guest *next;

	for (struct guest *guest = room->first; guest; guest = next) {
		next = guest->next;
		if (guest->state <= GUEST_WAITS)
			guest_leave(room, guest);
	}
}

/* The parent says that another room takes over, or has ended. */
static void hear_parent(struct room *room)
{
	enum channel_word word;

	if (channel_receive(room->control_fd, DEADLINE_NOW, &word) == STATUS_OK) {
		prctl(PR_SET_PDEATHSIG, SIGTERM); /* from now on the channel does not tell */
		room->closing = true;
		room->control_fd = -1;
	} else {
		room->stop = true;
	}
}

static void turn(struct room *room)
{
	struct epoll_event events[EVENTS];
	bool closed = room->stop || room->closing;
	struct pollfd fds[] = {{.fd = room->epoll_fd, .events = POLLIN},
			       {.fd = closed ? -1 : room->inbox_fd, .events = POLLIN},
			       {.fd = room->control_fd, .events = POLLIN}};

	signals_poll(fds, 3, room->n_guests ? TICK_MS : -1);
	if (signals_take() & SIGNAL_STOP)
		room->stop = true;
	if (fds[2].revents)
		hear_parent(room);
	int n = epoll_wait(room->epoll_fd, events, EVENTS, 0);
	for (int i = 0; i < n; i++)
		serve(room, events[i].data.ptr);
	if (!room->stop && !room->closing && fds[1].revents)
		take_parcels(room);
	look_at_all(room);
	if (room->stop)
		send_readers_away(room);
	forget_gone(room);
}

/* With TLS a guest has two descriptors. */
static size_t raise_limit(bool with_tls)
{
	struct rlimit limit = {1024, 1024};

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	size_t n = limit.rlim_cur > 2 * SPARE_FDS ? (size_t)limit.rlim_cur - SPARE_FDS : SPARE_FDS;
	if (with_tls)
		n /= 2;
	return n < GUESTS_MAX ? n : GUESTS_MAX;
}

void room_run(const struct service *service, int inbox_fd, int outbox_fd, int control_fd)
{
	struct room room = {
		.service = service,
		.inbox_fd = inbox_fd,
		.outbox_fd = outbox_fd,
		.control_fd = control_fd,
		.n_guests_max = raise_limit(service->tls != NULL),
	};

	room.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (room.epoll_fd < 0) {
		log_error("spamd: waiting room: epoll: %s", strerror(errno));
		return;
	}
	while (!(room.stop || room.closing) || room.n_guests > 0)
		turn(&room);
	close(room.epoll_fd);
}
