/*
 * mail_host: host names and addresses found in header values: the modifiers :host :domain :ip
 * :revip (PerMsgStatus.pm _get).
 */
#include "lib/base/buf.h"
#include "lib/message/mail_header.h"
#include "lib/message/uri_host.h"

/* What :host lets stand before the dot of the top-level domain. */
enum { HOST_BEFORE_TLD_BYTES = 251 };

/* --- names ------------------------------------------------------------------------------- */

static bool is_valid(struct arena *scan, const struct registry *registry, struct str host)
{
	return uri_host_is_fqdn(uri_host_ascii(scan, registry, host));
}

/* Lower case, dots neither doubled nor at the ends, then the part under its registry. */
static struct str domain_of(struct arena *scan, const struct mail *mail, struct str host)
{
	struct buf out;

	buf_init(&out, scan);
	for (size_t i = 0; i < host.len; i++)
		if (host.ptr[i] != '.' || (out.len && out.ptr[out.len - 1] != '.'))
			buf_add_char(&out, ascii_lower(host.ptr[i]));
	if (out.len && out.ptr[out.len - 1] == '.')
		buf_truncate(&out, out.len - 1);
	return registry_trim(mail->registry, buf_str(&out));
}

/* --- :host ------------------------------------------------------------------------------- */

static bool is_name_byte(char c)
{
	return ascii_is_alnum((unsigned char)c) || c == '-';
}

static bool is_joint(char c)
{
	return c == '.' || c == '_' || c == '-';
}

/* Is there a top-level domain at the offset, ending where nothing more of a name follows? Its end,
 * or 0. */
static size_t tld_end(struct str s, size_t at, const struct registry *registry)
{
	size_t end = at;

	while (end < s.len && is_name_byte(s.ptr[end]))
		end++;
	if (end == at || (end < s.len && is_joint(s.ptr[end])))
		return 0;
	return registry_is_tld(registry, str_sub(s, at, end - at)) ? end : 0;
}

/* The longest host name that begins at the offset: anything but blanks, a dot, a top-level domain.
 */
static size_t host_end(struct str s, size_t at, const struct registry *registry)
{
	size_t dot = at;

	if (at > 0 && is_joint(s.ptr[at - 1]))
		return 0;
	while (dot < s.len && dot - at < HOST_BEFORE_TLD_BYTES &&
	       !ascii_is_space((unsigned char)s.ptr[dot]))
		dot++;
	for (; dot > at; dot--) {
		size_t end = dot < s.len && s.ptr[dot] == '.' ? tld_end(s, dot + 1, registry) : 0;
		if (end)
			return end;
	}
	return 0;
}

/* Behind the last "@" that a host follows. */
static bool host_behind_at(struct str line, const struct registry *registry, struct str *host_out)
{
	for (size_t i = line.len; i > 0; i--) {
		size_t end = line.ptr[i - 1] == '@' ? host_end(line, i, registry) : 0;
		if (end) {
			*host_out = str_sub(line, i, end - i);
			return true;
		}
	}
	return false;
}

static bool host_anywhere(struct arena *scan, struct str value, const struct registry *registry,
			  struct str *host_out)
{
	for (size_t at = 0; at < value.len;) {
		size_t end = ascii_is_space((unsigned char)value.ptr[at])
				     ? 0
				     : host_end(value, at, registry);
		if (end == 0) {
			at++;
			continue;
		}
		*host_out = str_sub(value, at, end - at);
		if (is_valid(scan, registry, *host_out))
			return true;
		at = end;
	}
	return false;
}

/* What stands behind the last "@" of an address that was parsed already. */
static bool host_of_address(struct str line, struct str *host_out)
{
	for (size_t i = line.len; i > 0; i--) {
		size_t end = i;
		if (line.ptr[i - 1] != '@')
			continue;
		while (end < line.len && !ascii_is_space((unsigned char)line.ptr[end]))
			end++;
		if (end > i) {
			*host_out = str_sub(line, i, end - i);
			return true;
		}
	}
	return false;
}

static bool find_host(struct arena *scan, const struct mail *mail, struct str value,
		      bool from_address, struct str *host_out)
{
	struct str rest = value, line = STR_NONE;

	while (str_line_next(&rest, &line)) {
		if (from_address ? host_of_address(line, host_out)
				 : host_behind_at(line, mail->registry, host_out)) {
			if (from_address || is_valid(scan, mail->registry, *host_out))
				return true;
			break; /* only the first such line counts */
		}
	}
	return !from_address && host_anywhere(scan, value, mail->registry, host_out);
}

bool mail_host_of(struct arena *scan, const struct mail *mail, struct str value, bool from_address,
		  bool only_domain, struct str *host_out)
{
	if (!find_host(scan, mail, value, from_address, host_out) || str_eq_c(*host_out, "0"))
		return false;
	if (only_domain)
		*host_out = domain_of(scan, mail, *host_out);
	return true;
}

/* --- :ip --------------------------------------------------------------------------------- */

struct str ip_reversed(struct arena *arena, struct str ip_text)
{
	static const char digits[] = "0123456789abcdef";
	struct ip ip;
	struct buf out;

	if (!ip_parse(ip_text, &ip))
		return STR_NONE;
	if (str_find_char(ip_text, ':') == STR_NOT_FOUND)
		return arena_printf(arena, "%u.%u.%u.%u", ip.bytes[15], ip.bytes[14], ip.bytes[13],
				    ip.bytes[12]);
	buf_init(&out, arena);
	for (size_t i = sizeof ip.bytes; i-- > 0;) {
		buf_add_char(&out, digits[ip.bytes[i] & 15]);
		buf_add_char(&out, '.');
		buf_add_char(&out, digits[ip.bytes[i] >> 4]);
		if (i > 0)
			buf_add_char(&out, '.');
	}
	return buf_str(&out);
}

bool mail_ip_of(struct arena *scan, const struct mail *mail, struct str value, bool reversed,
		struct str *ip_out)
{
	struct regex_match match;

	if (regex_exec(received_parser_lone_ip(mail->trust->parser), value, 0, &match) !=
	    REGEX_MATCH)
		return false;
	*ip_out = reversed ? ip_reversed(scan, match.group[1]) : match.group[1];
	return ip_out->ptr != NULL;
}
