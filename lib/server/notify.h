/*
 * notify: tells the service manager how the server is (sd_notify(3)): datagrams to the socket that
 * NOTIFY_SOCKET names. Without one every call does nothing.
 */
#ifndef WHORL_SERVER_NOTIFY_H
#define WHORL_SERVER_NOTIFY_H

/* Reads NOTIFY_SOCKET and WATCHDOG_USEC, and takes them out of the environment: what is started
 * later has nothing to say. */
void notify_open(void);
/* Serving; also when a reload has ended. status is for people ("systemctl status"). */
void notify_ready(const char *status);
void notify_reloading(void);
void notify_stopping(void);
/* Still turning. Call it often: one word leaves in half of the time the manager allows. */
void notify_alive(void);

#endif
