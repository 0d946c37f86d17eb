/* json: see json.h. */
#include "lib/base/json.h"

#include <math.h>

#include "lib/base/encode.h"
#include "lib/base/must.h"

void json_init(struct json *json, struct buf *out)
{
	*json = (struct json){.out = out};
}

static void add_quoted(struct buf *out, struct str text)
{
	static const char letters[] = "\"\\\b\f\n\r\t", escapes[] = "\"\\bfnrt";
	buf_add_char(out, '"');
	for (size_t i = 0, n; i < text.len; i += n) {
		unsigned char c = (unsigned char)text.ptr[i];
		const char *letter = memchr(letters, c, sizeof letters - 1);
		n = utf8_decode(str_from_at(text, i), NULL);
		if (letter)
			buf_printf(out, "\\%c", escapes[letter - letters]);
		else if (n == 0 || c < ' ' || c == 0x7f)
			buf_printf(out, "\\u%04x", c);
		else
			buf_add_str(out, str_sub(text, i, n));
		n = n ? n : 1;
	}
	buf_add_char(out, '"');
}

static void begin(struct json *json, const char *name)
{
	if (json->has_item[json->depth])
		buf_add_char(json->out, ',');
	json->has_item[json->depth] = true;
	if (!name)
		return;
	add_quoted(json->out, str_from(name));
	buf_add_char(json->out, ':');
}

void json_open(struct json *json, const char *name, char bracket)
{
	begin(json, name);
	must(json->depth < JSON_DEPTH_MAX);
	json->has_item[++json->depth] = false;
	buf_add_char(json->out, bracket);
}

void json_close(struct json *json, char bracket)
{
	must(json->depth > 0);
	json->depth--;
	buf_add_char(json->out, bracket);
}

void json_string(struct json *json, const char *name, struct str value)
{
	begin(json, name);
	add_quoted(json->out, value);
}

void json_number(struct json *json, const char *name, double value)
{
	begin(json, name);
	if (isfinite(value))
		buf_printf(json->out, "%.15g", value);
	else
		buf_add_cstr(json->out, "null");
}

void json_bool(struct json *json, const char *name, bool value)
{
	begin(json, name);
	buf_add_cstr(json->out, value ? "true" : "false");
}
