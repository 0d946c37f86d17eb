/* ldap: query.h's LDAP side; the only file that knows libldap. */
#include "lib/query/query.h"

#include <ldap.h>
#include <sys/time.h>

#include "lib/base/buf.h"

enum { WAIT_MS_MAX = 30 * 1000 };

static enum status failure(int code, const char *what, struct why *why)
{
	enum status status = code == LDAP_TIMEOUT || code == LDAP_TIMELIMIT_EXCEEDED
				     ? STATUS_TIMEOUT
				     : STATUS_IO;
	return why_set(why, status, "%s: %s", what, ldap_err2string(code));
}

static struct timeval time_left(struct deadline deadline)
{
	int left_ms = deadline_left_ms(deadline);
	if (left_ms < 0 || left_ms > WAIT_MS_MAX)
		left_ms = WAIT_MS_MAX;
	return (struct timeval){left_ms / 1000, left_ms % 1000 * 1000 + 1};
}

/* The name in place of __USERNAME__, its special characters as \HH (RFC 4515 section 3). */
static struct str filter_for(struct arena *arena, const char *filter, struct str username)
{
	struct str rest = str_from(filter ? filter : "(objectClass=*)");
	const struct str word = STR_LIT("__USERNAME__");
	struct buf out;
	size_t at;

	buf_init(&out, arena);
	while ((at = str_find(rest, word)) != STR_NOT_FOUND) {
		buf_add_str(&out, str_sub(rest, 0, at));
		for (size_t i = 0; i < username.len; i++) {
			unsigned char c = (unsigned char)username.ptr[i];
			if (strchr("*()\\", c) || c < ' ' || c > '~')
				buf_printf(&out, "\\%02x", c);
			else
				buf_add_char(&out, (char)c);
		}
		rest = str_from_at(rest, at + word.len);
	}
	buf_add_str(&out, rest);
	return buf_str(&out);
}

static enum status connect_and_bind(struct arena *arena, const LDAPURLDesc *url, struct str bind_dn,
				    struct str password, struct deadline deadline, LDAP **ldap_out,
				    struct why *why)
{
	const char *host = url->lud_host && *url->lud_host ? url->lud_host : "localhost";
	const char *server =
		arena_printf(arena, "%s://%s:%d", url->lud_scheme, host, url->lud_port).ptr;
	int version = LDAP_VERSION3, code = ldap_initialize(ldap_out, server);
	struct timeval left = time_left(deadline);
	struct berval secret = {password.len, arena_cstr(arena, password)};

	if (code != LDAP_SUCCESS)
		return failure(code, server, why);
	ldap_set_option(*ldap_out, LDAP_OPT_PROTOCOL_VERSION, &version);
	ldap_set_option(*ldap_out, LDAP_OPT_NETWORK_TIMEOUT, &left);
	ldap_set_option(*ldap_out, LDAP_OPT_TIMEOUT, &left);
	ldap_set_option(*ldap_out, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
	code = ldap_sasl_bind_s(*ldap_out, bind_dn.len ? arena_cstr(arena, bind_dn) : NULL,
				LDAP_SASL_SIMPLE, &secret, NULL, NULL, NULL);
	return code == LDAP_SUCCESS ? STATUS_OK : failure(code, server, why);
}

static enum status collect(struct arena *arena, LDAP *ldap, LDAPMessage *found,
			   const char *attribute, struct query_row_vec *rows, struct why *why)
{
	size_t n_bytes = 0;
	bool fits = true;

	for (LDAPMessage *entry = ldap_first_entry(ldap, found); entry && fits;
	     entry = ldap_next_entry(ldap, entry)) {
		struct berval **values = ldap_get_values_len(ldap, entry, attribute);
		for (int i = 0; values && values[i] && fits; i++)
			fits = query_add_row(arena, rows,
					     str_make(values[i]->bv_val, values[i]->bv_len),
					     STR_NONE, &n_bytes);
		ldap_value_free_len(values);
	}
	return fits ? STATUS_OK : why_set(why, STATUS_TOO_LARGE, "too many values");
}

static enum status search(struct arena *arena, LDAP *ldap, const LDAPURLDesc *url,
			  struct str username, struct deadline deadline, struct query_row_vec *rows,
			  struct why *why)
{
	const char *filter = filter_for(arena, url->lud_filter, username).ptr;
	struct timeval left = time_left(deadline);
	LDAPMessage *found = NULL;

	if (!url->lud_attrs || !url->lud_attrs[0])
		return why_set(why, STATUS_INVALID, "the LDAP URL names no attribute");
	int code = ldap_search_ext_s(ldap, url->lud_dn ? url->lud_dn : "", url->lud_scope, filter,
				     url->lud_attrs, 0, NULL, NULL, &left, LDAP_NO_LIMIT, &found);
	enum status status = code == LDAP_SUCCESS
				     ? collect(arena, ldap, found, url->lud_attrs[0], rows, why)
				     : failure(code, filter, why);
	ldap_msgfree(found);
	return status;
}

enum status query_ldap(struct arena *arena, struct str url_text, struct str username,
		       struct str bind_dn, struct str password, struct deadline deadline,
		       struct query_row_vec *rows_out, struct why *why)
{
	LDAPURLDesc *url = NULL;
	LDAP *ldap = NULL;

	*rows_out = (struct query_row_vec){0};
	if (ldap_url_parse(arena_cstr(arena, url_text), &url) != LDAP_URL_SUCCESS)
		return why_set(why, STATUS_INVALID, "no LDAP URL: \"%.*s\"", STR_ARG(url_text));
	enum status status = connect_and_bind(arena, url, bind_dn, password, deadline, &ldap, why);
	if (status == STATUS_OK)
		status = search(arena, ldap, url, username, deadline, rows_out, why);
	if (ldap)
		ldap_unbind_ext_s(ldap, NULL, NULL);
	ldap_free_urldesc(url);
	return status;
}
