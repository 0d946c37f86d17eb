/* room: see room.h. */
#include "spamd/room.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/server/parcel.h"
#include "lib/server/signals.h"
#include "lib/wire/request.h"

enum {
	EVENTS = 256,
	READ_BYTES = 64 * 1024,
	TICK_MS = 100,  /* deadlines are looked at this often */
	SPARE_FDS = 64, /* of the limit of descriptors */
	GUESTS_MAX = 16384,
	BYTES_MAX = 256 * 1024 * 1024, /* of all requests that wait here */
};

struct guest {
	int fd;
	struct parcel parcel;
	struct buf bytes;    /* read so far, or to be sent */
	size_t at;           /* used by the reader, or sent */
	struct arena *arena; /* of the reader; NULL until there is something to read */
	struct wire_request_reader reader;
	uint64_t wanted; /* of a request's bytes; 0: not known yet */
	bool half_closed, ended;
	struct guest *next, *previous; /* in order of arrival */
};

struct room {
	const struct service *service;
	int inbox_fd, outbox_fd, control_fd, epoll_fd;
	struct guest *first, *last;
	size_t n_guests, n_guests_max, n_bytes;
	bool stop;
};

/* --- coming and going --------------------------------------------------------------------------
 */

static void watch(struct room *room, struct guest *guest, uint32_t events, int operation)
{
	struct epoll_event event = {.events = events, .data = {.ptr = guest}};

	epoll_ctl(room->epoll_fd, operation, guest->fd, &event);
}

static void leave(struct room *room, struct guest *guest)
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
	room->n_bytes -= guest->bytes.len;
	/* Closing alone would not do while another process has a copy. */
	watch(room, guest, 0, EPOLL_CTL_DEL);
	close(guest->fd);
	buf_free(&guest->bytes);
	if (guest->arena)
		arena_free(guest->arena);
	free(guest);
}

/* To a child. When none can take it now it is tried again at the next tick. */
static void give_to_child(struct room *room, struct guest *guest)
{
	if (guest->parcel.kind != PARCEL_REQUEST)
		watch(room, guest, 0, EPOLL_CTL_DEL);
	guest->parcel.kind = PARCEL_REQUEST;
	if (parcel_send(room->outbox_fd, &guest->parcel, guest->fd, buf_str(&guest->bytes)))
		leave(room, guest);
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

/* True: nothing more needs to be read. */
static bool is_complete(const struct room *room, struct guest *guest)
{
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

static void read_more(struct room *room, struct guest *guest)
{
	char piece[READ_BYTES]; /* the guest gets no more memory than it fills */
	ssize_t n = recv(guest->fd, piece, sizeof piece, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		buf_add(&guest->bytes, piece, (size_t)n);
		room->n_bytes += (size_t)n;
	} else {
		guest->ended = true; /* gone or done: the child will see which */
	}
	if (is_complete(room, guest)) {
		give_to_child(room, guest);
	} else if (room->n_bytes > BYTES_MAX) {
		guest->parcel.stays = true; /* no memory for it here: a child has to wait */
		give_to_child(room, guest);
	}
}

/* --- answers -----------------------------------------------------------------------------------
 */

/* What still comes is dropped until the client closes. */
static void drain(struct room *room, struct guest *guest)
{
	char dropped[16 * 1024];
	ssize_t n = recv(guest->fd, dropped, sizeof dropped, 0);

	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	leave(room, guest);
}

static void all_is_sent(struct room *room, struct guest *guest)
{
	shutdown(guest->fd, SHUT_WR);
	guest->half_closed = true;
	guest->parcel.deadline_ms = deadline_in_ms(room->service->config.linger_ms + 1).at_ms;
	watch(room, guest, EPOLLIN, EPOLL_CTL_MOD);
}

static void send_more(struct room *room, struct guest *guest)
{
	struct str left = str_from_at(buf_str(&guest->bytes), guest->at);
	ssize_t n = left.len ? send(guest->fd, left.ptr, left.len, MSG_NOSIGNAL) : 0;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		leave(room, guest);
		return;
	}
	guest->at += (size_t)n;
	if (guest->at == guest->bytes.len)
		all_is_sent(room, guest);
}

/* --- the door ----------------------------------------------------------------------------------
 */

static void make_place(struct room *room)
{
	struct guest *guest = room->first;

	while (room->n_guests >= room->n_guests_max && guest) {
		struct guest *next = guest->next;
		if (guest->parcel.kind == PARCEL_READ) {
			guest->parcel.deadline_ms = clock_mono_ms();
			give_to_child(room, guest);
			return;
		}
		guest = next;
	}
}

static void welcome(struct room *room, const struct parcel *parcel, int fd, const struct buf *bytes)
{
	struct guest *guest = calloc(1, sizeof *guest);

	if (!guest) {
		close(fd);
		return;
	}
	make_place(room);
	*guest = (struct guest){
		.fd = fd, .parcel = *parcel, .bytes = *bytes, .previous = room->last};
	*(room->last ? &room->last->next : &room->first) = guest;
	room->last = guest;
	room->n_guests++;
	room->n_bytes += bytes->len;
	if (parcel->kind == PARCEL_SEND) {
		watch(room, guest, EPOLLOUT, EPOLL_CTL_ADD);
		return;
	}
	guest->arena = arena_new("guest", 0);
	wire_request_reader_init(&guest->reader, guest->arena);
	watch(room, guest, EPOLLIN, EPOLL_CTL_ADD);
	if (is_complete(room, guest))
		give_to_child(room, guest);
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
			welcome(room, &parcel, fd, &bytes);
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

/* Who waits for a free child is tried again; who has had his time goes. */
static void look_at_clock(struct room *room)
{
	struct guest *next;

	for (struct guest *guest = room->first; guest; guest = next) {
		next = guest->next;
		bool late = deadline_passed((struct deadline){guest->parcel.deadline_ms});
		if (guest->parcel.kind == PARCEL_REQUEST)
			give_to_child(room, guest);
		else if (guest->parcel.kind == PARCEL_READ && late)
			give_to_child(room, guest);
		else if (guest->parcel.kind == PARCEL_SEND && late)
			leave(room, guest);
	}
}

static void serve(struct room *room, struct guest *guest)
{
	if (guest->parcel.kind == PARCEL_READ)
		read_more(room, guest);
	else if (guest->parcel.kind == PARCEL_SEND && guest->half_closed)
		drain(room, guest);
	else if (guest->parcel.kind == PARCEL_SEND)
		send_more(room, guest);
}

/* Whose request is not all there can wait no longer; answers are finished. */
static void send_readers_away(struct room *room)
{
	struct guest *next;

	for (struct guest *guest = room->first; guest; guest = next) {
		next = guest->next;
		if (guest->parcel.kind != PARCEL_SEND)
			leave(room, guest);
	}
}

static void turn(struct room *room)
{
	struct epoll_event events[EVENTS];
	struct pollfd fds[] = {{.fd = room->epoll_fd, .events = POLLIN},
			       {.fd = room->stop ? -1 : room->inbox_fd, .events = POLLIN},
			       {.fd = room->control_fd, .events = POLLIN}};

	signals_poll(fds, 3, room->n_guests ? TICK_MS : -1);
	if ((signals_take() & SIGNAL_STOP) || fds[2].revents)
		room->stop = true;
	/* A guest has one event at most, so none is served after it has left. */
	int n = epoll_wait(room->epoll_fd, events, EVENTS, 0);
	for (int i = 0; i < n; i++)
		serve(room, events[i].data.ptr);
	if (!room->stop && fds[1].revents)
		take_parcels(room);
	look_at_clock(room);
	if (room->stop)
		send_readers_away(room);
}

static size_t raise_limit(void)
{
	struct rlimit limit = {1024, 1024};

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	if (limit.rlim_cur > GUESTS_MAX + SPARE_FDS)
		return GUESTS_MAX;
	return limit.rlim_cur > 2 * SPARE_FDS ? (size_t)limit.rlim_cur - SPARE_FDS : SPARE_FDS;
}

void room_run(const struct service *service, int inbox_fd, int outbox_fd, int control_fd)
{
	struct room room = {
		.service = service,
		.inbox_fd = inbox_fd,
		.outbox_fd = outbox_fd,
		.control_fd = control_fd,
		.n_guests_max = raise_limit(),
	};

	room.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (room.epoll_fd < 0) {
		log_error("spamd: waiting room: epoll: %s", strerror(errno));
		return;
	}
	while (!room.stop || room.n_guests > 0)
		turn(&room);
	close(room.epoll_fd);
}
