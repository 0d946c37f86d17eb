/* user_state: ~/.spamassassin and the preferences in it (SpamAssassin.pm create_default_prefs,
 * get_and_create_userstate_dir). */
#ifndef WHORL_WHORL_USER_STATE_H
#define WHORL_WHORL_USER_STATE_H

#include "lib/base/arena.h"

/*
 * The file of the user's preferences: path, or ~/.spamassassin/user_prefs. NULL when there is none.
 * The folder is made; with create so is a missing file, from the site's template. What fails is
 * logged only.
 */
const char *user_state_prefs(struct arena *keep, const char *path, bool create);

#endif
