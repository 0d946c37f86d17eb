/*
 * spamd: the daemon. Everything that the parent process ever does is on this
 * page: read switches, open the log, bind, load rules, go into the background,
 * and hand a table of functions to the server.
 */
#include <config.h> /* not ours: the one that configure makes */

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/title.h"
#include "lib/message/message.h"
#include "lib/query/query.h"
#include "lib/store/redis.h"
#include "lib/server/daemon.h"
#include "lib/server/parcel.h"
#include "lib/server/server.h"
#include "lib/wire/wire.h"
#include "spamd/clerk.h"
#include "spamd/journey.h"
#include "spamd/lint.h"
#include "spamd/room.h"
#include "spamd/tags.h"
#include "spamd/users.h"

struct spamd {
	struct arena *keep;
	struct args args;
	struct service service;
	struct privileges privileges, room_privileges; /* with -u the same */
	struct confinement side_confinement;
	struct listener_vec metrics_listeners; /* at most one */
	struct daemon daemon;
};

/* --- the log
 * -----------------------------------------------------------------------------------
 */

static bool is_facility_name(const char *text)
{
	for (; *text; text++) {
		if (!ascii_is_lower((unsigned char)*text) && !ascii_is_digit((unsigned char)*text))
			return false;
	}
	return true;
}

static struct log_settings log_settings_of(const struct args *args, bool to_stderr)
{
	struct log_settings settings = {
		.ident = "spamd",
		.to_stderr = to_stderr,
		.kind = LOG_KIND_SYSLOG,
		.facility = args->syslog ? args->syslog : "mail",
		.debug = args->debug && strcmp(args->debug, "info") != 0,
		.debug_areas = args->debug && *args->debug ? args->debug : "all",
	};
	const char *socket = args->syslog_socket ? args->syslog_socket : "";

	if (args->log_timestamp_fmt && !str_eq_ci_c(str_from(args->log_timestamp_fmt), "default"))
		settings.timestamp_format = args->log_timestamp_fmt;
	if (!is_facility_name(settings.facility)) {
		settings.kind = LOG_KIND_FILE;
		settings.file = settings.facility;
	} else if (strcmp(settings.facility, "file") == 0 || strcmp(socket, "file") == 0) {
		settings.kind = LOG_KIND_FILE;
		settings.file = "spamd.log";
	} else if (strcmp(settings.facility, "stderr") == 0 ||
		   strcmp(settings.facility, "null") == 0 || strcmp(socket, "none") == 0) {
		settings.kind = LOG_KIND_NONE;
	}
	return settings;
}

static enum status open_log(const struct args *args, bool to_stderr, struct why *why)
{
	struct log_settings settings = log_settings_of(args, to_stderr);

	return log_open(&settings, why);
}

/* --- in the parent
 * -----------------------------------------------------------------------------
 */

/* Files are found again from "/". */
static void make_paths_absolute(struct arena *keep, struct args *args)
{
	const char **paths[] = {&args->configpath,
				&args->siteconfigpath,
				&args->socketpath,
				&args->pidfile,
				&args->spamd_conf,
				&args->server_cert,
				&args->server_key,
				&args->ssl_ca_file,
				&args->ssl_ca_path,
				NULL,
				NULL};
	char cwd[4096];

	if (args->syslog && !is_facility_name(args->syslog))
		paths[sizeof paths / sizeof *paths - 2] = &args->syslog;
	if (!getcwd(cwd, sizeof cwd))
		return;
	for (int i = 0; paths[i]; i++) {
		if (*paths[i] && **paths[i] != '/')
			*paths[i] = arena_printf(keep, "%s/%s", cwd, *paths[i]).ptr;
	}
}

static void ready(void *data)
{
	struct spamd *spamd = data;
	struct arena *scratch = arena_new("listeners", 0);

	log_info("spamd: server started on %s (running version %s, Whorl %s)",
		 service_listen_text(scratch, &spamd->service).ptr,
		 tags_version(scratch, &spamd->service.rules.ruleset->settings).ptr,
		 PACKAGE_VERSION);
	log_info("spamd: server pid: %ld", (long)getpid());
	metrics_rules(spamd->service.metrics, spamd->service.rules.ruleset->rules.n);
	daemon_ready(&spamd->daemon);
	arena_free(scratch);
}

static enum status reload(void *data, struct why *why)
{
	struct spamd *spamd = data;

	log_reopen();
	if (service_load_certificates(&spamd->service, why) != STATUS_OK ||
	    service_load_reporters(&spamd->service, why) != STATUS_OK)
		return why->status;
	return service_load_rules(&spamd->service, why);
}

static void watch(void *data, const struct scoreboard *board)
{
	struct spamd *spamd = data;

	metrics_children(spamd->service.metrics, board);
}

static void trace(void *data)
{
	struct spamd *spamd = data;

	log_warn("spamd: caught SIGUSR2, most recent message: %s", spamd->service.message_id);
}

/* --- in a child
 * --------------------------------------------------------------------------------
 */

static void use_custody(void *data, struct custody *custody, int channel_fd)
{
	struct spamd *spamd = data;

	net_unlisten(&spamd->metrics_listeners, false);
	spamd->service.custody = custody;
	spamd->service.channel_fd = channel_fd;
}

static enum status child_start(void *data, struct why *why)
{
	struct spamd *spamd = data;

	return service_child_start(&spamd->service, why);
}

static void idle(void *data)
{
	struct spamd *spamd = data;

	session_unwatch(&spamd->service);
	users_step_back(&spamd->service);
	service_child_idle(&spamd->service);
}

static void serve(void *data, const struct listener *listener, struct conn *conn)
{
	struct spamd *spamd = data;

	journey(&spamd->service, listener, conn);
}

static enum status adopt(const struct parcel *parcel, int fd, struct conn *conn_out,
			 struct why *why)
{
	return parcel->is_relayed
		       ? conn_adopt_as(fd, &parcel->peer, parcel->local_port, conn_out, why)
		       : conn_adopt(fd, conn_out, why);
}

/* Whoever sent the parcel may be no friend any more. */
static bool is_listener(const struct service *service, int listener)
{
	return listener >= 0 && (size_t)listener < service->listeners.n;
}

static void resume(void *data, int from_room_fd)
{
	struct spamd *spamd = data;
	struct parcel parcel;
	struct conn conn;
	struct buf bytes;
	struct why why;
	int fd;

	buf_init(&bytes, NULL);
	if (parcel_receive(from_room_fd, &parcel, &fd, &bytes, &why) == STATUS_OK) {
		if (is_listener(&spamd->service, parcel.listener) &&
		    adopt(&parcel, fd, &conn, &why) == STATUS_OK)
			journey_resume(&spamd->service, &parcel, &conn, buf_str(&bytes));
		else /* gone while it waited */
			close(fd);
	}
	buf_free(&bytes);
}

/* What a process has that neither scans nor answers for the metrics. */
static void forget(struct spamd *spamd)
{
	service_forget_rules(&spamd->service);
	net_unlisten(&spamd->metrics_listeners, false);
}

/* --- in the waiting room
 * --------------------------------------------------------------------------------
 */

static void use_room(void *data, int to_room_fd, int from_room_fd)
{
	struct spamd *spamd = data;

	spamd->service.to_room_fd = to_room_fd;
	spamd->service.from_room_fd = from_room_fd;
}

static void run_room(void *data, int inbox_fd, int outbox_fd, int control_fd)
{
	struct spamd *spamd = data;

	forget(spamd);
	room_run(&spamd->service, inbox_fd, outbox_fd, control_fd);
}

/* --- in the reputation helper
 * --------------------------------------------------------------------------------
 */

static void run_helper(void *data, int control_fd)
{
	struct spamd *spamd = data;

	forget(spamd);
	clerk_run(&spamd->service, control_fd);
}

/* --- in the process that answers for the metrics
 * --------------------------------------------------------------------------------
 */

static void run_watcher(void *data, int control_fd)
{
	struct spamd *spamd = data;

	service_forget_rules(&spamd->service);
	metrics_run(spamd->service.metrics, &spamd->service.listeners,
		    &spamd->metrics_listeners.items[0], control_fd);
}

/* --- the table
 * ---------------------------------------------------------------------------------
 */

static int fail(const struct why *why)
{
	log_error("spamd: %s", why->text);
	return why->saved_errno == EADDRINUSE ? EADDRINUSE : WIRE_CONFIG;
}

static enum status start_metrics(struct spamd *spamd, struct why *why)
{
	unsigned port = spamd->service.config.metrics_port;

	if (port == 0)
		return STATUS_OK;
	enum status status = metrics_new(&spamd->service.metrics, why);
	return status == STATUS_OK
		       ? metrics_listen(spamd->keep, port, &spamd->metrics_listeners, why)
		       : status;
}

static int run_server(struct spamd *spamd)
{
	const struct args *args = &spamd->args;
	const struct server_app app = {
		.data = spamd,
		.use_custody = use_custody,
		.child_start = child_start,
		.serve = serve,
		.idle = idle,
		.reload = reload,
		.use_room = use_room,
		.run_room = run_room,
		.run_helper = run_helper,
		.run_watcher = run_watcher,
		.resume = resume,
		.ready = ready,
		.watch = watch,
		.trace = trace,
	};
	struct why why = {.status = STATUS_OK};
	struct server_settings settings = {
		.round_robin = args->round_robin,
		.min_children = args->min_children,
		.max_children = args->max_children,
		.min_spare = args->min_spare,
		.max_spare = args->max_spare,
		.max_conn_per_child = args->max_conn_per_child,
		.stop_grace_ms = spamd->service.config.stop_grace_ms,
		.privileges = spamd->service.privileges,
		.helper_name = spamd->service.config.reputation.state ? "reputation helper" : NULL,
		.watcher_name = spamd->service.config.metrics_port ? "metrics process" : NULL,
		.pidfile = args->pidfile,
		.has_room = spamd->service.config.patience_ms > 0,
		.renews_room = spamd->service.tls != NULL,
		.room_privileges = geteuid() == 0 ? &spamd->room_privileges : NULL,
		.side_confinement = &spamd->side_confinement,
	};

	server_settings_normalize(&settings);
	spamd->side_confinement = spamd->service.config.confinement;
	spamd->side_confinement.open_files = 0; /* the room holds thousands of connections */
	if (start_metrics(spamd, &why) != STATUS_OK ||
	    (settings.helper_name && glimpses_new(&spamd->service.glimpses, &why) != STATUS_OK))
		return fail(&why);
	return server_run(&settings, &spamd->service.listeners, &app);
}

/* --- starting
 * ----------------------------------------------------------------------------------
 */

static enum status find_privileges(struct spamd *spamd, struct why *why)
{
	const struct args *args = &spamd->args;

	if (!args->username)
		return geteuid() == 0 ? privileges_find(args->default_user, NULL,
							&spamd->room_privileges, why)
				      : STATUS_OK;
	enum status status =
		privileges_find(args->username, args->groupname, &spamd->privileges, why);
	spamd->room_privileges = spamd->privileges;
	spamd->service.privileges = &spamd->privileges;
	return status == STATUS_OK ? privileges_check(&spamd->privileges, why) : status;
}

static int lint(struct spamd *spamd)
{
	struct why why;

	if (service_load_rules(&spamd->service, &why) != STATUS_OK) {
		fprintf(stderr, "lint: %s\n", why.text);
		return 1;
	}
	return lint_report(&spamd->service.rules.diags, stderr);
}

static int start(struct spamd *spamd)
{
	struct why why = {.status = STATUS_OK};

	if (open_log(&spamd->args, true, &why) != STATUS_OK ||
	    service_init(&spamd->service, spamd->keep, &spamd->args, &why) != STATUS_OK)
		return fail(&why);
	if (spamd->args.lint)
		return lint(spamd);
	if (find_privileges(spamd, &why) != STATUS_OK ||
	    service_listen(&spamd->service, &why) != STATUS_OK ||
	    service_load_rules(&spamd->service, &why) != STATUS_OK)
		return fail(&why);
	if (spamd->args.daemonize && (daemon_start(&spamd->daemon, &why) != STATUS_OK ||
				      open_log(&spamd->args, false, &why) != STATUS_OK))
		return fail(&why);
	charset_keep_converters(spamd->keep);
	return run_server(spamd);
}

static int print_version(void)
{
	const char *filter = confine_filter_version();

	printf("SpamAssassin Server version %s\n  as Whorl %s\n  with PCRE2 %s\n  "
	       "with SSL support (%s)\n  with %s\n  with zlib support\n  %s%s\n",
	       COMPAT_VERSION, PACKAGE_VERSION, regex_library_version(), tls_library_version(),
	       query_versions(), filter ? "with " : "without a filter of system calls",
	       filter ? filter : "");
#ifdef WITH_REDIS
	printf("  with hiredis %s\n", redis_version());
#endif
	return WIRE_OK;
}

int main(int argc, char **argv)
{
	struct spamd spamd = {.keep = arena_new("keep", 0), .daemon = {.ready_fd = -1}};

	argv = title_take(spamd.keep, argc, argv);
	switch (args_parse(spamd.keep, argc, argv, &spamd.args)) {
	case ARGS_OK:
		break;
	case ARGS_REMOVED:
		return 2;
	case ARGS_USAGE:
		args_print_usage(false);
		return WIRE_USAGE;
	}
	if (spamd.args.help) {
		print_version();
		puts("");
		args_print_usage(true);
		return WIRE_OK;
	}
	if (spamd.args.version)
		return print_version();
	make_paths_absolute(spamd.keep, &spamd.args);
	return start(&spamd);
}
