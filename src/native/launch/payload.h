/* Reads the specification's little-endian fields, and trusts none of its lengths. */
#ifndef CLSYNC_LAUNCH_PAYLOAD_H
#define CLSYNC_LAUNCH_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>

/*
 * The part of the specification that is still to be read. Reading past its end, or leaving bytes
 * over, fails the current step.
 */
struct payload {
	const uint8_t *at;
	const uint8_t *end;
};

uint32_t read_u32(struct payload *payload);
uint64_t read_u64(struct payload *payload);
/* A byte string that ends in its only NUL; points into the specification. */
char *read_string(struct payload *payload);
/* A length and that many bytes, any value; points into the specification. */
const uint8_t *read_bytes(struct payload *payload, size_t *length);
/* A count of elements that follow, each of at least `size` bytes, at most `limit` of them. */
uint32_t read_count(struct payload *payload, size_t size, uint32_t limit);
/* A counted list of strings as execve(2) takes it, ending in NULL. Never freed. */
char **read_strings(struct payload *payload);
/* Fails unless all has been read. */
void read_end(const struct payload *payload);

#endif
