#include "launch/specification.h"

#include "launch/failure.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define MAGIC 0x31534c43u /* "CLS1" */
#define HEADER 8
#define SPECIFICATION_MAX (8u << 20)

struct payload specification[STEPS];

static void read_fully(int descriptor, uint8_t *into, size_t length)
{
	while (length > 0) {
		ssize_t got = read(descriptor, into, length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			fail(errno, "read");
		if (got == 0)
			fail(EPIPE, "it ends too early");
		into += got;
		length -= (size_t)got;
	}
}

static struct payload read_body(int descriptor)
{
	uint8_t header[HEADER];
	struct payload payload = { header, header + sizeof(header) };

	read_fully(descriptor, header, sizeof(header));
	if (read_u32(&payload) != MAGIC)
		fail(EBADMSG, "it does not begin with the launcher's mark");
	uint32_t length = read_u32(&payload);
	if (length < HEADER || length > SPECIFICATION_MAX)
		fail(EMSGSIZE, "%u bytes", length);
	size_t rest = length - HEADER;
	/* Exactly this size, so that a sanitizer detects reads past the end. */
	uint8_t *body = malloc(rest > 0 ? rest : 1);
	if (body == NULL)
		fail(ENOMEM, "%zu bytes", rest);
	read_fully(descriptor, body, rest);
	return (struct payload){ body, body + rest };
}

enum launch_step read_specification(int descriptor, enum launch_step after)
{
	struct payload all = read_body(descriptor);
	enum launch_step last = after;

	while (all.at < all.end) {
		uint32_t step = read_u32(&all);
		size_t length;
		const uint8_t *bytes = read_bytes(&all, &length);

		if (step <= last || step >= STEPS)
			fail(EBADMSG, "step %u after step %u", step, last);
		last = step;
		specification[step] = (struct payload){ bytes, bytes + length };
	}
	if (last == after)
		fail(EBADMSG, "no step after step %u", after);
	return last;
}
