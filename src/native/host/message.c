#include "host/message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define MESSAGE_MAX (1u << 30)
#define ABSENT UINT32_MAX
#define STATUS_MALFORMED 111
#define STATUS_NO_MEMORY 112

static void read_fully(int channel, void *into, size_t length)
{
	uint8_t *at = into;

	while (length > 0) {
		ssize_t got = read(channel, at, length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			_exit(0); /* the executor has ended */
		at += got;
		length -= (size_t)got;
	}
}

uint8_t *receive_message(int channel, struct message *message)
{
	uint32_t length;

	read_fully(channel, &length, sizeof(length));
	if (length > MESSAGE_MAX)
		_exit(STATUS_MALFORMED);
	uint8_t *bytes = malloc(length > 0 ? length : 1);
	if (bytes == NULL)
		_exit(STATUS_NO_MEMORY);
	read_fully(channel, bytes, length);
	*message = (struct message){ bytes, bytes + length };
	return bytes;
}

uint32_t take_u32(struct message *message)
{
	uint32_t value;

	if (message->end - message->at < (ptrdiff_t)sizeof(value))
		_exit(STATUS_MALFORMED);
	memcpy(&value, message->at, sizeof(value));
	message->at += sizeof(value);
	return value;
}

char *take_string(struct message *message, size_t *length)
{
	uint32_t size = take_u32(message);

	*length = 0;
	if (size == ABSENT)
		return NULL;
	/*
	 * The length includes the NUL, which must be the only one, so that code that stops at a NUL
	 * and code that uses the length see the same string.
	 */
	if (size == 0 || size > (size_t)(message->end - message->at) ||
	    memchr(message->at, '\0', size) != message->at + size - 1)
		_exit(STATUS_MALFORMED);
	char *string = (char *)message->at;
	message->at += size;
	*length = size - 1;
	return string;
}

/* Comes before the text; `length` includes the text but not itself. */
struct answer_head {
	uint32_t length, kind;
	int32_t number;
};
_Static_assert(sizeof(struct answer_head) == 12, "struct answer_head");

void send_answer(int channel, enum answer kind, int32_t number, const char *text, size_t length)
{
	struct answer_head head = { (uint32_t)(sizeof(head) - sizeof(head.length) + length), kind,
		                    number };
	struct iovec parts[] = { { &head, sizeof(head) }, { (void *)(uintptr_t)text, length } };

	/* One call, so that records of a forked child are not mixed with others. */
	if (writev(channel, parts, 2) < 0)
		_exit(0);
}
