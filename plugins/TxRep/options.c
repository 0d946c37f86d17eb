/* options: directives → struct txrep_options. See txrep.h. */
#include "plugins/TxRep/txrep.h"

static const struct {
	const char *directive;
	double fallback;
} weights[IDENTITY_KINDS] = {
	[IDENTITY_EMAIL_IP] = {"txrep_weight_email_ip", 10},
	[IDENTITY_EMAIL] = {"txrep_weight_email", 3},
	[IDENTITY_DOMAIN] = {"txrep_weight_domain", 2},
	[IDENTITY_IP] = {"txrep_weight_ip", 4},
	[IDENTITY_HELO] = {"txrep_weight_helo", 0.5},
};

void txrep_options_read(const struct list_owner *owner, struct txrep_options *out)
{
	*out = (struct txrep_options){
		.on = list_flag(owner, "use_txrep", false),
		.tracks = list_flag(owner, "txrep_track_messages", true),
		.by_spf = list_flag(owner, "txrep_spf", true),
		.tells_signers = list_flag(owner, "auto_welcomelist_distinguish_signed", true),
		.factor = list_number(owner, "txrep_factor", 0.5),
		.penalty = list_number(owner, "txrep_learn_penalty", 20),
		.bonus = list_number(owner, "txrep_learn_bonus", 20),
		.autolearn = list_number(owner, "txrep_autolearn", 0),
		.outgoing = list_number(owner, "txrep_welcomelist_out", 10),
		.ratio = list_number(owner, "txrep_user2global_ratio", 0),
		.v4_bits = (unsigned)list_number(owner, "txrep_ipv4_mask_len", 16),
		.v6_bits = (unsigned)list_number(owner, "txrep_ipv6_mask_len", 48),
		.details = (unsigned)list_number(owner, "txrep_report_details", 0),
	};
	for (int i = 0; i < IDENTITY_KINDS; i++)
		out->weights[i] = weights[i].directive ? list_number(owner, weights[i].directive,
								     weights[i].fallback)
						       : 1;
}
