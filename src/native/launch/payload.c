#include "launch/payload.h"

#include "launch/failure.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t *take(struct payload *payload, size_t length)
{
	const uint8_t *at = payload->at;

	if (length > (size_t)(payload->end - at))
		fail(EBADMSG, "%zu bytes wanted, %zu left", length, (size_t)(payload->end - at));
	payload->at += length;
	return at;
}

uint32_t read_u32(struct payload *payload)
{
	uint32_t value;

	memcpy(&value, take(payload, sizeof(value)), sizeof(value));
	return le32toh(value);
}

uint64_t read_u64(struct payload *payload)
{
	uint64_t value;

	memcpy(&value, take(payload, sizeof(value)), sizeof(value));
	return le64toh(value);
}

const uint8_t *read_bytes(struct payload *payload, size_t *length)
{
	*length = read_u32(payload);
	return take(payload, *length);
}

char *read_string(struct payload *payload)
{
	size_t length;
	const uint8_t *bytes = read_bytes(payload, &length);

	if (length == 0 || memchr(bytes, 0, length) != bytes + length - 1)
		fail(EBADMSG, "a string does not end in its only NUL");
	return (char *)bytes;
}

uint32_t read_count(struct payload *payload, size_t size, uint32_t limit)
{
	uint32_t count = read_u32(payload);

	if (count > limit || count > (size_t)(payload->end - payload->at) / size)
		fail(EBADMSG, "%u elements", count);
	return count;
}

char **read_strings(struct payload *payload)
{
	uint32_t count = read_count(payload, sizeof(uint32_t) + 1, UINT32_MAX);
	char **list = calloc((size_t)count + 1, sizeof(*list));

	if (list == NULL)
		fail(ENOMEM, "%u strings", count);
	for (uint32_t i = 0; i < count; i++)
		list[i] = read_string(payload);
	return list;
}

void read_end(const struct payload *payload)
{
	if (payload->at != payload->end)
		fail(EBADMSG, "%zu bytes left over", (size_t)(payload->end - payload->at));
}
