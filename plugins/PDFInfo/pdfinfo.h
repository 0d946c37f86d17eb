/* pdfinfo: what PDFInfo keeps of the PDFs of a message; for PDFInfo only. */
#ifndef WHORL_PLUGINS_PDFINFO_H
#define WHORL_PLUGINS_PDFINFO_H

#include "plugins/args.h"

enum pdf_detail {
	PDF_AUTHOR,
	PDF_CREATOR,
	PDF_PRODUCER,
	PDF_TITLE,
	PDF_CREATED,
	PDF_MODIFIED,
	PDF_DETAILS
};

struct pdf_dimension {
	struct str height, width; /* as written */
};
VEC_OF(pdf_dimension_vec, struct pdf_dimension);

struct pdf_facts {
	double n_pdfs, n_images;
	double pixels; /* of the last PDF with images; 0: none */
	bool encrypted;
	struct pdf_dimension_vec dimensions;
	struct str_vec names, md5, fuzzy_md5; /* digests in upper-case hex */
	struct str_vec details[PDF_DETAILS];
};

struct pdf_regexes {
	const struct regex *magic, *fuzzy_skip, *placed, *width, *height, *both, *tag, *uri;
	const struct regex *detail[PDF_DETAILS];
};

void pdf_regexes_make(struct arena *keep, struct pdf_regexes *regexes);
/* One part. Adds to facts, tags and the message's URIs. */
void pdf_read(struct scan *scan, const struct pdf_regexes *regexes, struct part *part,
	      struct pdf_facts *facts);
/* Appends to what the tag has, up to 2 KiB. */
void pdf_tag(struct scan *scan, const char *tag, struct str value);

#endif
