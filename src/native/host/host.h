/*
 * The process a shared-object handler lives in (modes so and rsyncso): its messages and what it
 * offers to the handler.
 */
#ifndef HOST_H
#define HOST_H

#include <stddef.h>
#include <stdint.h>

#include <clsync/ctx.h>

#define EXPORTED __attribute__((visibility("default")))

/* Answers to the executor; the numbers stand in src/shared/plugin-protocol.ts too. */
enum answer { ANSWER_RESULT = 1, ANSWER_LOG = 2 };

/* Bytes of one message that have not been read yet. */
struct message {
	const uint8_t *at;
	const uint8_t *end;
};

/* Ends the process when the executor is gone or what it sent is malformed. */
uint8_t *receive_message(int channel, struct message *message);
uint32_t take_u32(struct message *message);
/* NULL for an absent string. Points into the message. */
char *take_string(struct message *message, size_t *length);

void send_answer(int channel, enum answer kind, int32_t number, const char *text, size_t length);

/* Where records go, and those of which debug levels: 0 for none. */
void host_log_to(int channel, int debug);

/* Values of ctx.state. */
enum state { STATE_ENDING = 0, STATE_BEGINNING = 1, STATE_RUNNING = 2 };

/* What the handler is given a pointer to. */
extern struct ctx context;

/* Fills it, once. `handler`: the name of the object, which stays. */
void take_context(struct message *message, char *handler);

#endif
