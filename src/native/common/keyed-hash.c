#include "common/keyed-hash.h"

#include <stdlib.h>
#include <sys/random.h>

struct hash_key hash_key_new(void)
{
	struct hash_key key;

	/* So few bytes are given as a whole (getrandom(2)). */
	if (getrandom(&key, sizeof(key), 0) != sizeof(key))
		abort();
	return key;
}

static uint64_t rotated(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

static void mix(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotated(v[1], 13) ^ v[0];
	v[0] = rotated(v[0], 32);
	v[2] += v[3];
	v[3] = rotated(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotated(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotated(v[1], 17) ^ v[2];
	v[2] = rotated(v[2], 32);
}

static void take_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	mix(v);
	v[0] ^= word;
}

/* Up to 8 bytes, the lowest first. */
static uint64_t word_of(const uint8_t *bytes, size_t length)
{
	uint64_t word = 0;

	for (size_t i = 0; i < length; i++)
		word |= (uint64_t)bytes[i] << (8 * i);
	return word;
}

uint64_t keyed_hash(const struct hash_key *key, uint64_t number, const void *bytes, size_t length)
{
	const uint8_t *rest = bytes;
	const uint64_t total = sizeof(number) + length;
	uint64_t v[4] = { key->words[0] ^ 0x736f6d6570736575u, key->words[1] ^ 0x646f72616e646f6du,
		          key->words[0] ^ 0x6c7967656e657261u,
		          key->words[1] ^ 0x7465646279746573u };

	take_word(v, number);
	for (; length >= 8; length -= 8, rest += 8)
		take_word(v, word_of(rest, 8));
	take_word(v, total << 56 | word_of(rest, length));
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		mix(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
