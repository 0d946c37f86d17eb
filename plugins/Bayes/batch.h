/*
 * batch: what many messages teach, gathered and written at once. While messages are read and cut
 * into tokens the store is not locked; then the counts of all of them go in, each token once and in
 * the order of keys, in one transaction. What is gathered and not yet written is lost with the
 * process: a batch is for whoever acknowledges at its end.
 */
#ifndef WHORL_BAYES_BATCH_H
#define WHORL_BAYES_BATCH_H

#include "plugins/Bayes/bayes_store.h"

enum {
	BATCH_MESSAGES_MAX = 200,
	BATCH_TOKENS_MAX = 60000,
};

struct batch;

struct batch *batch_new(void);
void batch_free(struct batch *batch);
/* 's' or 'h' when the message is in the batch, else 0. */
char batch_seen(const struct batch *batch, struct str id);
/* A message that neither the batch nor the store knows; id is the one it will be known by. */
void batch_add(struct batch *batch, struct str id, char flag, const struct token *tokens, size_t n,
	       int64_t atime_s);
bool batch_is_full(const struct batch *batch);
/* Written and durable, and empty again; on failure nothing of it is written, and all is lost. What
 * another process has learnt meanwhile is left as it is. */
enum status batch_write(struct batch *batch, struct bayes_store *store, struct why *why);

#endif
