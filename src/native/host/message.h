/*
 * Messages between the executor and the plug-in host; src/plugin-host/protocol.ts has the other
 * side. Framing: u32 length, then that many bytes; little-endian, as all machines this runs on are.
 */
#ifndef CLSYNC_HOST_MESSAGE_H
#define CLSYNC_HOST_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

/* Numbers of protocol.ts. Each request is answered by one ANSWER_RESULT; logs may come before. */
enum call { CALL_INIT = 1, CALL_SYNC = 2, CALL_RSYNC = 3, CALL_DEINIT = 4 };
enum answer { ANSWER_RESULT = 1, ANSWER_LOG = 2 };

/* Bytes of one message that have not been read yet. */
struct message {
	const uint8_t *at;
	const uint8_t *end;
};

/*
 * Reads the next message, which the caller frees. Ends the process when the executor is gone or
 * what it sent is malformed.
 */
uint8_t *receive_message(int channel, struct message *message);
/* Ends the process when it is not there. */
uint32_t take_u32(struct message *message);
/*
 * NULL for an absent string. Points into the message; `length` is without the NUL. Ends the process
 * when it is malformed.
 */
char *take_string(struct message *message, size_t *length);

/* Ends the process when the executor is gone. */
void send_answer(int channel, enum answer kind, int32_t number, const char *text, size_t length);

#endif
