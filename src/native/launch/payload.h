/* Reads the specification's little-endian fields and checks every length in it. */
#ifndef CLSYNC_LAUNCH_PAYLOAD_H
#define CLSYNC_LAUNCH_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>

/*
 * The part of the specification that has not been read yet. Reading past its end, or leaving bytes
 * unread, fails the current step.
 */
struct payload {
	const uint8_t *at;
	const uint8_t *end;
};

uint32_t read_u32(struct payload *payload);
uint64_t read_u64(struct payload *payload);
/* A byte string whose last byte is its only NUL; points into the specification. */
char *read_string(struct payload *payload);
/* A length and that many bytes, any value; points into the specification. */
const uint8_t *read_bytes(struct payload *payload, size_t *length);
/* The number of elements that follow: at most `limit`, each of at least `size` bytes. */
uint32_t read_count(struct payload *payload, size_t size, uint32_t limit);
/* A counted list of strings as execve(2) takes it, ending in NULL. Never freed. */
char **read_strings(struct payload *payload);
/* Fails the step unless all bytes have been read. */
void read_end(const struct payload *payload);

#endif
