/* pidfile: "PID\n" for whoever stops or reloads the daemon. */
#ifndef WHORL_SERVER_PIDFILE_H
#define WHORL_SERVER_PIDFILE_H

#include "lib/base/why.h"

enum status pidfile_write(const char *path, struct why *why);
enum status pidfile_remove(const char *path, struct why *why);

#endif
