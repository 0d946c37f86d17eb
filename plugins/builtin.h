/* builtin: the plugins that are part of this build. */
#ifndef WHORL_PLUGINS_BUILTIN_H
#define WHORL_PLUGINS_BUILTIN_H

#include "plugins/plugin.h"

extern const struct plugin_def plugin_accessdb;
extern const struct plugin_def plugin_antivirus;
extern const struct plugin_def plugin_asn;
extern const struct plugin_def plugin_authres;
extern const struct plugin_def plugin_awl;
extern const struct plugin_def plugin_bayes;
extern const struct plugin_def plugin_bodyeval;
extern const struct plugin_def plugin_decodeshorturls;
extern const struct plugin_def plugin_extracttext;
extern const struct plugin_def plugin_fingerprint;
extern const struct plugin_def plugin_freemail;
extern const struct plugin_def plugin_fromnamespoof;
extern const struct plugin_def plugin_htmleval;
extern const struct plugin_def plugin_httpsmismatch;
extern const struct plugin_def plugin_hashbl;
extern const struct plugin_def plugin_headereval;
extern const struct plugin_def plugin_imageinfo;
extern const struct plugin_def plugin_mimeeval;
extern const struct plugin_def plugin_mimeheader;
extern const struct plugin_def plugin_olevbmacro;
extern const struct plugin_def plugin_pdfinfo;
extern const struct plugin_def plugin_phishing;
extern const struct plugin_def plugin_relaycountry;
extern const struct plugin_def plugin_relayeval;
extern const struct plugin_def plugin_replacetags;
extern const struct plugin_def plugin_resourcelimits;
extern const struct plugin_def plugin_reuse;
extern const struct plugin_def plugin_spf;
extern const struct plugin_def plugin_shortcircuit;
extern const struct plugin_def plugin_textcat;
extern const struct plugin_def plugin_txrep;
extern const struct plugin_def plugin_uridetail;
extern const struct plugin_def plugin_urieval;
extern const struct plugin_def plugin_urilocalbl;
extern const struct plugin_def plugin_vbounce;
extern const struct plugin_def plugin_wlbleval;
extern const struct plugin_def plugin_welcomelistsubject;

#endif
