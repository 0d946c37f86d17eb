/* relay: guests with TLS; see guest.h. */
#include "spamd/guest.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/log.h"

enum {
	PIECE_BYTES = 64 * 1024, /* no more than this is held in each direction */
	MAX_PIECES = 64,         /* for one guest before others have a turn */
};

/* --- the handshake -----------------------------------------------------------------------------
 */

/* Nothing is made for it before it has sent something: the silent shall not cost memory. */
void relay_begin(struct room *room, struct guest *guest)
{
	guest->state = GUEST_SHAKES;
	guest_watch(room, guest, EPOLLIN, 0);
}

static enum status shake(struct room *room, struct guest *guest, struct why *why)
{
	if (!guest->conn.tls &&
	    tls_accept_begin(room->service->tls, &guest->conn, why) != STATUS_OK)
		return why->status;
	return tls_accept_step(&guest->conn, why);
}

void relay_shake(struct room *room, struct guest *guest)
{
	struct why why;

	switch (shake(room, guest, &why)) {
	case STATUS_OK:
		tls_describe(&guest->conn, guest->parcel.tls);
		guest->parcel.is_relayed = true;
		guest->state = GUEST_READS;
		guest_read(room, guest);
		return;
	case STATUS_TIMEOUT:
		guest_watch(room, guest, tls_wants(&guest->conn) == POLLOUT ? EPOLLOUT : EPOLLIN,
			    0);
		return;
	default:
		log_info("spamd: accept_a_conn: %s [%s]:%u: %s", guest->parcel.host,
			 guest->conn.peer_ip, guest->conn.peer_port, why.text);
		guest_leave(room, guest);
	}
}

/* --- to and from a child -----------------------------------------------------------------------
 */

bool relay_give(struct room *room, struct guest *guest)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
		return false;
	bool given = parcel_send(room->outbox_fd, &guest->parcel, ends[1], buf_str(&guest->bytes));
	close(ends[1]);
	if (!given) {
		close(ends[0]);
		return false;
	}
	guest->inner_fd = ends[0];
	guest->state = GUEST_RELAYED;
	guest->at = 0;
	buf_free(&guest->bytes);
	buf_init(&guest->bytes, NULL);
	guest_count(room, guest, 0);
	if (guest->ended)
		shutdown(guest->inner_fd, SHUT_WR);
	relay_pump(room, guest);
	return true;
}

static bool is_later(enum status status)
{
	return status == STATUS_TIMEOUT;
}

/* Each returns whether something has moved. *gone: nobody is at the other end any more. */

static bool take_from_client(struct guest *guest, bool *gone)
{
	struct why why;
	size_t n = 0;

	if (guest->inward_at < guest->inward.len || guest->ended)
		return false;
	buf_clear(&guest->inward);
	guest->inward_at = 0;
	enum status status = conn_read(&guest->conn, buf_reserve(&guest->inward, PIECE_BYTES),
				       PIECE_BYTES, &n, DEADLINE_NOW, &why);
	if (is_later(status))
		return false;
	if (status != STATUS_OK) {
		*gone = true;
		return false;
	}
	buf_commit(&guest->inward, n);
	if (n == 0) {
		guest->ended = true;
		shutdown(guest->inner_fd, SHUT_WR);
	}
	return true;
}

/* A child that reads no more has done with the request: the rest is dropped. */
static bool give_to_child(struct guest *guest)
{
	struct str left = str_from_at(buf_str(&guest->inward), guest->inward_at);

	if (left.len == 0)
		return false;
	ssize_t n = guest->answered ? (ssize_t)left.len
				    : send(guest->inner_fd, left.ptr, left.len,
					   MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	guest->inward_at += n < 0 ? left.len : (size_t)n;
	return true;
}

static bool take_from_child(struct room *room, struct guest *guest)
{
	if (guest->at < guest->bytes.len || guest->answered)
		return false;
	buf_clear(&guest->bytes);
	guest->at = 0;
	ssize_t n = recv(guest->inner_fd, buf_reserve(&guest->bytes, PIECE_BYTES), PIECE_BYTES,
			 MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n > 0) {
		buf_commit(&guest->bytes, (size_t)n);
		guest->parcel.deadline_ms =
			deadline_in_ms(room->service->config.send_timeout_ms).at_ms;
	} else {
		guest->answered = true;
	}
	return true;
}

static bool give_to_client(struct guest *guest, bool *gone)
{
	struct str left = str_from_at(buf_str(&guest->bytes), guest->at);
	int64_t before = guest->conn.n_written_bytes;
	struct why why;

	if (left.len == 0)
		return false;
	enum status status = conn_write_all(&guest->conn, left, DEADLINE_NOW, &why);
	guest->at += (size_t)(guest->conn.n_written_bytes - before);
	if (status != STATUS_OK && !is_later(status))
		*gone = true;
	return guest->conn.n_written_bytes > before;
}

static void watch_both(struct room *room, struct guest *guest, bool once_more)
{
	unsigned events = 0, inner = 0;

	if (once_more || guest->at < guest->bytes.len)
		events |= EPOLLOUT;
	else if (!guest->answered)
		inner |= EPOLLIN;
	if (guest->inward_at < guest->inward.len)
		inner |= EPOLLOUT;
	else if (!guest->ended)
		events |= EPOLLIN;
	guest_watch(room, guest, events, inner);
}

/* Everything that can move, until nothing does. */
void relay_pump(struct room *room, struct guest *guest)
{
	bool moved = true, gone = false;

	for (int i = 0; i < MAX_PIECES && moved && !gone; i++) {
		moved = take_from_client(guest, &gone);
		moved |= give_to_child(guest);
		moved |= take_from_child(room, guest);
		moved |= give_to_client(guest, &gone);
	}
	if (gone)
		guest_leave(room, guest);
	else if (guest->answered && guest->at == guest->bytes.len)
		guest_all_sent(room, guest);
	else
		watch_both(room, guest, moved);
}
