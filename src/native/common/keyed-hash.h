/*
 * SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF") for hash tables whose
 * names others choose: without the key nobody can find names that fall together.
 */
#ifndef CLSYNC_KEYED_HASH_H
#define CLSYNC_KEYED_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash_key {
	uint64_t words[2];
};

/* A random key, from getrandom(2). Aborts when there is none. */
struct hash_key hash_key_new(void);
/* The hash of `number`, as 8 bytes with the lowest first, followed by the bytes. */
uint64_t keyed_hash(const struct hash_key *key, uint64_t number, const void *bytes, size_t length);

#endif
