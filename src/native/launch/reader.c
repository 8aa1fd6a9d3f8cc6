/* Reads the specification's little-endian fields, trusting none of its lengths. */
#include "launch/launch.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t *take(struct reader *reader, size_t length)
{
	const uint8_t *at = reader->at;

	if (length > (size_t)(reader->end - at))
		fail(EBADMSG, "%zu bytes wanted, %zu left", length, (size_t)(reader->end - at));
	reader->at += length;
	return at;
}

uint32_t read_u32(struct reader *reader)
{
	uint32_t value;

	memcpy(&value, take(reader, sizeof(value)), sizeof(value));
	return le32toh(value);
}

uint64_t read_u64(struct reader *reader)
{
	uint64_t value;

	memcpy(&value, take(reader, sizeof(value)), sizeof(value));
	return le64toh(value);
}

const uint8_t *read_bytes(struct reader *reader, size_t *length)
{
	*length = read_u32(reader);
	return take(reader, *length);
}

char *read_string(struct reader *reader)
{
	size_t length;
	const uint8_t *bytes = read_bytes(reader, &length);

	if (length == 0 || memchr(bytes, 0, length) != bytes + length - 1)
		fail(EBADMSG, "a string does not end in its only NUL");
	return (char *)bytes;
}

uint32_t read_count(struct reader *reader, size_t size, uint32_t limit)
{
	uint32_t count = read_u32(reader);

	if (count > limit || count > (size_t)(reader->end - reader->at) / size)
		fail(EBADMSG, "%u elements", count);
	return count;
}

char **read_strings(struct reader *reader)
{
	uint32_t count = read_count(reader, sizeof(uint32_t) + 1, UINT32_MAX);
	char **list = calloc((size_t)count + 1, sizeof(*list));

	if (list == NULL)
		fail(ENOMEM, "%u strings", count);
	for (uint32_t i = 0; i < count; i++)
		list[i] = read_string(reader);
	return list;
}

void read_end(const struct reader *reader)
{
	if (reader->at != reader->end)
		fail(EBADMSG, "%zu bytes left over", (size_t)(reader->end - reader->at));
}
