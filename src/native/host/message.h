/*
 * Messages between the executor and the plug-in host, as in src/shared/plugin-protocol.ts. Framing:
 * u32 length, then that many bytes; little-endian, as all supported machines are.
 */
#ifndef CLSYNC_HOST_MESSAGE_H
#define CLSYNC_HOST_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Numbers of plugin-protocol.ts. Each request is answered by one ANSWER_RESULT; logs may come
 * before it.
 */
enum call { CALL_INIT = 1, CALL_SYNC = 2, CALL_RSYNC = 3, CALL_DEINIT = 4 };
enum answer { ANSWER_RESULT = 1, ANSWER_LOG = 2 };

/* Bytes of one message that have not been read yet. */
struct message {
	const uint8_t *at;
	const uint8_t *end;
};

/*
 * Reads the next message, which the caller frees. Ends the process when the executor has ended or
 * the message is malformed.
 */
uint8_t *receive_message(int channel, struct message *message);
/* Ends the process when the message is too short. */
uint32_t take_u32(struct message *message);
/*
 * NULL for an absent string. Points into the message; `length` is without the NUL. Ends the process
 * when the string is malformed.
 */
char *take_string(struct message *message, size_t *length);

/* Ends the process when the executor has ended. */
void send_answer(int channel, enum answer kind, int32_t number, const char *text, size_t length);

#endif
