/* html_style: colours and inline CSS, as far as they tell whether text can be seen. For the files
 * of this folder. */
#ifndef WHORL_MESSAGE_HTML_STYLE_H
#define WHORL_MESSAGE_HTML_STYLE_H

#include "lib/base/buf.h"

enum { COLOUR_INVALID = -1, COLOUR_TRANSPARENT = -2 };

struct html_style {
	const char *tag; /* that opened it; never NULL */
	long fg, bg;     /* 0xRRGGBB or COLOUR_... */
	double size;
	bool hidden;    /* display: none */
	bool invisible; /* visibility: hidden */
	/* what SpamAssassin does not look for, and people don't see either */
	bool gone;   /* inside of what is not displayed, transparent, without room or off the screen
		      */
	bool tiny;   /* letters of two pixels at most */
	long ground; /* as bg, with bgcolor and background attributes; COLOUR_INVALID: a picture */
	size_t element; /* number of tag */
};

/* "#f00", "red", "rgb(1,2,3)" (HTML.pm name_to_rgb). */
long html_colour(struct arena *scan, struct str text);
/* A style attribute on top of *style; parent is what "transparent" shows. */
void html_style_apply(struct arena *scan, struct html_style *style, const struct html_style *parent,
		      struct str css);

enum html_contrast {
	HTML_CONTRAST_FINE,
	HTML_CONTRAST_LOW,
	HTML_CONTRAST_UNKNOWN /* a colour is invalid */
};
enum html_contrast html_contrast(const struct html_style *style);

#endif
