/*
 * In place of the step that leaves a process behind: only its payload is read. What that process
 * does begins with the questions of the program, which is none of the launcher's input.
 */
#include "specification.h"

#include "common/seccomp-filter.h"
#include "launch/failure.h"
#include "launch/resolver.h"

#include <errno.h>

void step_resolver(struct payload *payload)
{
	struct sock_fprog filter;
	size_t length;
	const uint8_t *bytes;

	(void)read_u32(payload);
	(void)read_u64(payload);
	bytes = read_bytes(payload, &length);
	read_end(payload);
	if (!seccomp_filter(bytes, length, &filter))
		fail(EBADMSG, "a filter of %zu bytes", length);
	if (length > 0)
		touch(bytes, length);
}
