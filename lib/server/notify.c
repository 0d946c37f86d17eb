/* notify: see notify.h. The protocol is small and fixed, and needs no library. */
#include "lib/server/notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/number.h"

static struct {
	struct sockaddr_un address;
	socklen_t address_len;  /* 0: nobody wants to know */
	int64_t alive_every_ms; /* 0: no watchdog */
	int64_t alive_at_ms;
} manager;

static void read_address(const char *path)
{
	size_t len = path ? strlen(path) : 0;

	/* "/path", or "@name" of the abstract namespace */
	if (len < 2 || len >= sizeof manager.address.sun_path || (path[0] != '/' && path[0] != '@'))
		return;
	manager.address.sun_family = AF_UNIX;
	memcpy(manager.address.sun_path, path, len);
	if (path[0] == '@')
		manager.address.sun_path[0] = '\0';
	manager.address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

void notify_open(void)
{
	uint64_t for_pid = number_in_environment("WATCHDOG_PID");

	read_address(getenv("NOTIFY_SOCKET"));
	if (for_pid == 0 || for_pid == (uint64_t)getpid())
		manager.alive_every_ms = (int64_t)(number_in_environment("WATCHDOG_USEC") / 2000);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_PID");
	unsetenv("WATCHDOG_USEC");
}

/* Who does not listen is not waited for. */
static void say(const char *text)
{
	int fd;

	if (manager.address_len == 0)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT,
		     (const struct sockaddr *)&manager.address, manager.address_len);
	close(fd);
}

void notify_ready(const char *status)
{
	char text[512];

	snprintf(text, sizeof text, "READY=1\nMAINPID=%ld\nSTATUS=%s", (long)getpid(), status);
	say(text);
}

void notify_reloading(void)
{
	char text[96];

	snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld",
		 (long long)clock_mono_ms() * 1000);
	say(text);
}

void notify_stopping(void)
{
	say("STOPPING=1\nSTATUS=shutting down");
}

void notify_alive(void)
{
	if (manager.alive_every_ms == 0 || clock_mono_ms() < manager.alive_at_ms)
		return;
	manager.alive_at_ms = clock_mono_ms() + manager.alive_every_ms;
	say("WATCHDOG=1");
}
