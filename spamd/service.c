/* service: see service.h. */
#include "spamd/service.h"

#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/log.h"
#include "lib/base/must.h"
#include "lib/base/netset.h"
#include "lib/base/number.h"
#include "lib/net/inherit.h"
#include "lib/server/accounts.h"
#include "lib/wire/wire.h"
#include "plugins/host.h"
#include "spamd/feedback.h"
#include "spamd/verdict.h"

/* Where Perl spamd looks without --server-cert and --server-key. */
#define DEFAULT_CERT "/etc/spamassassin/certs/server-cert.pem"
#define DEFAULT_KEY  "/etc/spamassassin/certs/server-key.pem"

/* --- setting up --------------------------------------------------------------------------------
 */

/* "[::1]" and "[fe80::]/10" are as good as without brackets. */
static struct str without_brackets(struct arena *arena, struct str net)
{
	size_t end = str_find_char(net, ']');

	if (net.len == 0 || net.ptr[0] != '[' || end == STR_NOT_FOUND)
		return net;
	return arena_printf(arena, "%.*s%.*s", STR_ARG(str_sub(net, 1, end - 1)),
			    STR_ARG(str_from_at(net, end + 1)));
}

static enum status allow(struct service *service, struct str list, struct why *why)
{
	struct str net;

	while (str_split_next(&list, ',', &net)) {
		if (net.len > 0 &&
		    netset_add(service->allowed, without_brackets(service->keep, net), why) !=
			    STATUS_OK)
			return why_context(why, "--allowed-ips");
	}
	return STATUS_OK;
}

static enum status allow_all(struct service *service, struct why *why)
{
	const struct str_vec *lists = &service->args->allowed_ips;
	enum status status = STATUS_OK;

	service->allowed = netset_new(service->keep, "allowed-ips");
	if (lists->n == 0)
		return allow(service, STR_LIT("127.0.0.1,::1"), why);
	for (size_t i = 0; i < lists->n && status == STATUS_OK; i++)
		status = allow(service, lists->items[i], why);
	return status;
}

/* With -u children have dropped root for good; databases alone need no account. */
static bool switches_user(const struct args *args)
{
	return geteuid() == 0 && !args->username && !args->vpopmail && !args->virtual_config_dir &&
	       (!args->sql_config || args->setuid_with_sql) &&
	       (!args->ldap_config || args->setuid_with_ldap);
}

/* These would run as root, or as nobody in particular. */
static enum status check_users(const struct args *args, struct why *why)
{
	const char *option = args->vpopmail                                 ? "vpopmail"
			     : args->virtual_config_dir                     ? "virtual-config-dir"
			     : args->sql_config && !args->setuid_with_sql   ? "sql-config"
			     : args->ldap_config && !args->setuid_with_ldap ? "ldap-config"
									    : NULL;

	if (!option || args->username)
		return STATUS_OK;
	return why_set(why, STATUS_INVALID, "cannot use --%s without -u", option);
}

enum status service_init(struct service *service, struct arena *keep, const struct args *args,
			 struct why *why)
{
	*service =
		(struct service){.keep = keep, .args = args, .to_room_fd = -1, .from_room_fd = -1};
	snprintf(service->message_id, sizeof service->message_id, "(none)");
	if (check_users(args, why) != STATUS_OK)
		return why->status;
	const char *unavailable = args_unavailable(args);
	if (unavailable)
		return why_set(why, STATUS_UNSUPPORTED, "%s is not available in this build",
			       unavailable);
	enum status status = config_read(keep, args->spamd_conf, &service->config, why);
	if (status != STATUS_OK)
		return status;
	const char *state = service->config.reputation.state;
	if (state && state[0] != '/') /* the daemon works in "/" */
		return why_set(why, STATUS_INVALID, "reputation: state must be an absolute path");
	regex_set_limits(&service->config.regex_limits);
	service->switches_user = switches_user(args);
	service->hostname = host_name(keep);
	return allow_all(service, why);
}

/* --- listening ---------------------------------------------------------------------------------
 */

static enum status unix_mode_of(const struct args *args, struct unix_mode *mode_out,
				struct why *why)
{
	uint64_t mode = 0666;

	*mode_out = (struct unix_mode){.owner = (uid_t)-1, .group = (gid_t)-1};
	if (args->socketmode && (!number_octal(str_from(args->socketmode), &mode) || mode > 07777))
		return why_set(why, STATUS_INVALID, "invalid --socketmode: %s", args->socketmode);
	mode_out->mode = (mode_t)mode;
	if (args->socketowner) {
		const struct passwd *entry = getpwnam(args->socketowner);
		if (!entry)
			return why_set(why, STATUS_NOT_FOUND, "%s not in passwd database",
				       args->socketowner);
		mode_out->owner = entry->pw_uid;
	}
	if (args->socketgroup) {
		const struct group *entry = getgrnam(args->socketgroup);
		if (!entry)
			return why_set(why, STATUS_NOT_FOUND, "%s not in group database",
				       args->socketgroup);
		mode_out->group = entry->gr_gid;
	}
	return STATUS_OK;
}

static enum status read_port(const char *text, unsigned fallback, unsigned *port_out,
			     struct why *why)
{
	struct listen_spec spec;
	struct arena *scratch;
	enum status status;

	*port_out = fallback;
	if (!text)
		return STATUS_OK;
	/* A port may be the name of a service: the parser of specifications knows how to ask. */
	scratch = arena_new("port", 0);
	status = listen_spec_parse(scratch, arena_printf(scratch, ":%s", text), fallback,
				   NET_FAMILY_ANY, &spec, why);
	if (status == STATUS_OK)
		*port_out = spec.port;
	arena_free(scratch);
	return status;
}

/* What a specification without a port means. */
struct ports {
	unsigned plain, tls;
};

static enum status read_ports(const struct args *args, struct ports *ports_out, struct why *why)
{
	enum status status = read_port(args->port, WIRE_PORT, &ports_out->plain, why);

	return status == STATUS_OK
		       ? read_port(args->ssl_port, ports_out->plain, &ports_out->tls, why)
		       : status;
}

/* With --ssl or --ssl-port every TCP listener is one, as in Perl spamd; a Unix socket never is. */
static void decide_tls(const struct args *args, const struct ports *ports, struct listen_spec *spec)
{
	if (spec->path.len > 0)
		spec->tls = false;
	else if (args->ssl || args->ssl_port)
		spec->tls = true;
	if (spec->tls && !spec->has_port)
		spec->port = ports->tls;
}

static enum status listen_at(struct service *service, struct str text, const struct ports *ports,
			     const struct unix_mode *mode, struct why *why)
{
	const struct args *args = service->args;
	enum net_family family = args->ipv4_only   ? NET_FAMILY_IPV4
				 : args->ipv6_only ? NET_FAMILY_IPV6
						   : NET_FAMILY_ANY;
	struct listen_spec spec;
	enum status status =
		listen_spec_parse(service->keep, text, ports->plain, family, &spec, why);

	if (status != STATUS_OK)
		return status;
	decide_tls(args, ports, &spec);
	return net_listen(service->keep, &spec, mode, NET_BIND_TRIES, NET_BIND_SLEEP_MS,
			  &service->listeners, why);
}

/* What the service manager has opened is there before what the switches name. */
static enum status take_inherited(struct service *service, struct why *why)
{
	enum status status = net_inherit(service->keep, &service->listeners, why);

	for (size_t i = 0; i < service->listeners.n; i++) {
		struct listener *listener = &service->listeners.items[i];
		if (!listener->is_unix && (service->args->ssl || service->args->ssl_port))
			listener->tls = true;
	}
	return status;
}

enum status service_listen(struct service *service, struct why *why)
{
	const struct args *args = service->args;
	struct unix_mode mode;
	struct ports ports;

	if (read_ports(args, &ports, why) != STATUS_OK ||
	    unix_mode_of(args, &mode, why) != STATUS_OK)
		return why->status;
	if (take_inherited(service, why) != STATUS_OK)
		return why->status;
	for (size_t i = 0; i < args->listen.n; i++) {
		if (listen_at(service, args->listen.items[i], &ports, &mode, why) != STATUS_OK)
			return why->status;
	}
	if (args->socketpath &&
	    listen_at(service, str_from(args->socketpath), &ports, &mode, why) != STATUS_OK)
		return why->status;
	if (service->listeners.n == 0 &&
	    listen_at(service, STR_LIT("localhost"), &ports, &mode, why) != STATUS_OK)
		return why->status;
	return service_load_certificates(service, why);
}

struct str service_listen_text(struct arena *arena, const struct service *service)
{
	struct buf text;

	buf_init(&text, arena);
	for (size_t i = 0; i < service->listeners.n; i++) {
		const struct listener *listener = &service->listeners.items[i];
		if (i > 0)
			buf_add_cstr(&text, ", ");
		if (listener->is_unix)
			buf_printf(&text, "UNIX domain socket %.*s", STR_ARG(listener->text));
		else
			buf_printf(&text, "%s [%.*s]:%u", listener->tls ? "SSL" : "TCP",
				   STR_ARG(listener->text), listener->port);
	}
	return buf_str(&text);
}

/* --- certificates ------------------------------------------------------------------------------
 */

static bool uses_tls(const struct service *service)
{
	for (size_t i = 0; i < service->listeners.n; i++) {
		if (service->listeners.items[i].tls)
			return true;
	}
	return false;
}

enum status service_load_certificates(struct service *service, struct why *why)
{
	const struct args *args = service->args;
	struct tls_context *fresh = NULL;
	const struct tls_settings settings = {
		.cert_file = args->server_cert ? args->server_cert : DEFAULT_CERT,
		.key_file = args->server_key ? args->server_key : DEFAULT_KEY,
		.ca_file = args->ssl_ca_file,
		.ca_path = args->ssl_ca_path,
		.verify = args->ssl_verify,
	};

	if (!uses_tls(service))
		return STATUS_OK;
	if (tls_server_context(&settings, &fresh, why) != STATUS_OK)
		return why->status;
	tls_context_free(service->tls);
	service->tls = fresh;
	return STATUS_OK;
}

/* --- rules -------------------------------------------------------------------------------------
 */

static void log_diagnostics(const struct rules_in_force *rules)
{
	for (size_t i = 0; i < rules->diags.list.n; i++) {
		const struct diag *diag = &rules->diags.list.items[i];
		const char *file = diag->where.file ? diag->where.file : "(built in)";
		if (diag->level == DIAG_INFO)
			log_debug("config", "%s:%u: %.*s", file, diag->where.line,
				  STR_ARG(diag->text));
		else
			log_warn("config: %s:%u: %.*s", file, diag->where.line,
				 STR_ARG(diag->text));
	}
	if (rules->ruleset->n_unavailable > 0)
		log_info("spamd: %zu rules never hit, their eval functions are not available: %.*s",
			 rules->ruleset->n_unavailable, STR_ARG(rules->ruleset->unavailable_text));
}

/* The state folder is made by whoever will keep it; root may have to make way. */
static enum status prepare_state(const struct service *service, struct arena *keep,
				 const struct reputation_config *config, struct str_vec *pre,
				 struct why *why)
{
	const struct privileges *privileges = geteuid() == 0 ? service->privileges : NULL;
	struct why restore_why;

	if (privileges) {
		if (reputation_hand_over(config->state, privileges->uid, privileges->gid, why) !=
			    STATUS_OK ||
		    privileges_become(privileges, why) != STATUS_OK)
			return why->status;
	}
	enum status status = feedback_lines(keep, config, pre, why);
	if (privileges)
		must(privileges_restore(&restore_why) == STATUS_OK);
	return status;
}

/* What the fingerprint layer adds in front of the site's files. --lint leaves no traces. */
static enum status add_feedback(const struct service *service, struct arena *keep,
				struct str_vec *pre, struct why *why)
{
	struct reputation_config config = service->config.reputation;
	struct str_vec lines = {0};

	if (!config.state)
		return STATUS_OK;
	if (service->args->lint)
		config.state = NULL;
	if ((config.state ? prepare_state(service, keep, &config, &lines, why)
			  : feedback_lines(keep, &config, &lines, why)) != STATUS_OK)
		return why->status;
	for (size_t i = 0; i < pre->n; i++)
		vec_push(keep, &lines, pre->items[i]);
	*pre = lines;
	return STATUS_OK;
}

/* Names live in an arena of their own, which goes with the next. The state folder stays as it was:
 * children and helper have it open. */
enum status service_load_reporters(struct service *service, struct why *why)
{
	struct arena *keep = arena_new("reporters", 0);
	struct config fresh;
	enum status status = config_read(keep, service->args->spamd_conf, &fresh, why);

	if (status != STATUS_OK || !service->config.reputation.state) {
		arena_free(keep);
		return status;
	}
	if (!fresh.reputation.state ||
	    strcmp(fresh.reputation.state, service->config.reputation.state) != 0)
		log_warn("spamd: another state folder takes a restart");
	fresh.reputation.state = service->config.reputation.state;
	service->config.reputation = fresh.reputation;
	if (service->reporters_keep)
		arena_free(service->reporters_keep);
	service->reporters_keep = keep;
	return STATUS_OK;
}

void service_forget_rules(struct service *service)
{
	if (!service->rules.keep)
		return;
	arena_free(service->rules.keep);
	service->rules = (struct rules_in_force){0};
	arena_trim();
}

enum status service_load_rules(struct service *service, struct why *why)
{
	const struct args *args = service->args;
	struct rules_in_force fresh = {.keep = arena_new_lasting("rules")};
	struct load_options options = {
		.rules_path = args->configpath,
		.site_path = args->siteconfigpath,
		.pre = args->pre,
		.cf = args->cf,
		.local_tests_only = args->local,
		.lint = args->lint,
		.email_address_xs = service->config.email_address_xs,
		.libidn = service->config.libidn,
	};
	struct plugin_host *host = plugin_host_new(fresh.keep);

	fresh.diags.arena = fresh.keep;
	enum status status = add_feedback(service, fresh.keep, &options.pre, why);
	if (status == STATUS_OK)
		status = ruleset_load(fresh.keep, &options, plugin_host_extension(host),
				      &fresh.diags, &fresh.ruleset, why);
	if (status != STATUS_OK) {
		arena_free(fresh.keep);
		return status;
	}
	service_forget_rules(service);
	service->rules = fresh;
	if (!args->lint)
		log_diagnostics(&service->rules);
	return STATUS_OK;
}

/* --- a child -----------------------------------------------------------------------------------
 */

/* A child that has to do without a part of it serves all the same: the log says what is missing. */
static void confine_child(const struct service *service, bool runs_programs)
{
	struct confinement confinement = service->config.confinement;
	struct why why;

	confinement.may_exec = runs_programs || service->args->vpopmail;
	confinement.may_switch = service->switches_user;
	if (confine(&confinement, &why) != STATUS_OK)
		log_warn("spamd: not all of the confinement is in force: %s", why.text);
}

enum status service_child_start(struct service *service, struct why *why)
{
	const struct extension *extension = service->rules.ruleset->extension;
	const char *helper_home = service->args->helper_home_dir;

	if (helper_home && helper_home[0] != '\0')
		setenv("HOME", helper_home, 1);
	service->scan = arena_new("scan", service->config.scan_memory_bytes);
	service->accounts = accounts_new(service->keep);
	if (extension && extension->child_start)
		extension->child_start(extension->host);
	confine_child(service, extension && extension->runs_programs);
	(void)why;
	return STATUS_OK;
}

void service_child_idle(struct service *service)
{
	const struct extension *extension = service->rules.ruleset->extension;

	if (extension && extension->child_idle)
		extension->child_idle(extension->host);
}

bool service_is_in_demand(const struct service *service)
{
	struct pollfd queue = {.fd = service->from_room_fd, .events = POLLIN};

	for (size_t i = 0; i < service->listeners.n; i++) {
		struct pollfd door = {.fd = service->listeners.items[i].fd, .events = POLLIN};
		/* No more than that: one that is shut down at the end is no queue. */
		if (poll(&door, 1, 0) > 0 && door.revents == POLLIN)
			return true;
	}
	return poll(&queue, 1, 0) > 0 && queue.revents == POLLIN;
}

bool service_allows(const struct service *service, const struct conn *conn)
{
	struct ip ip;

	return conn->is_unix ||
	       (ip_parse(str_from(conn->peer_ip), &ip) && netset_contains(service->allowed, &ip));
}

static bool same_host(const struct net_address *a, const struct net_address *b)
{
	char a_text[ADDRESS_TEXT_BYTES], b_text[ADDRESS_TEXT_BYTES];

	if (a->len == 0 || b->len == 0 || a->storage.ss_family != b->storage.ss_family)
		return false;
	address_format(a, a_text);
	address_format(b, b_text);
	return strcmp(a_text, b_text) == 0;
}

const char *service_peer_name(struct service *service, const struct conn *conn)
{
	if (!same_host(&service->peer, &conn->peer)) {
		service->peer = conn->peer;
		conn_peer_name(conn, service->peer_name);
	}
	return service->peer_name;
}
