/*
 * Names made to fall together in a hash table without a key: hash-collisions SEED ROUNDS DIRECTORY.
 * Exits with 0 when the tables of src/native/watch spread them like any others.
 */
#include "check.h"
#include "common/keyed-hash.h"
#include "watch/queue.h"
#include "watch/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>

/* Of each position in a name, two pieces after which FNV-1a is in the same state. */
enum { POSITIONS = 12, PIECE = 6, NAMES = 1 << POSITIONS, LENGTH = POSITIONS * PIECE };
/* A key of a directory, and a node's number. */
enum { DIRECTORY = 7 };
/* What random names stay far below, in a table that is at most half or fully used. */
#define LONGEST_CHAIN 16u
#define LONGEST_RUN 256u

static char pieces[POSITIONS][2][PIECE];

static uint32_t fnv(uint32_t hash, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (uint8_t)bytes[i]) * 16777619u;
	return hash;
}

static void make_piece(char *piece, uint32_t number)
{
	for (int i = 0; i < PIECE; i++, number >>= 4)
		piece[i] = (char)('a' + (number & 15));
}

/* Finds two pieces by their hashes in a table of the pieces tried so far. */
static uint32_t collide(uint32_t state, char found[2][PIECE])
{
	enum { SLOTS = 1 << 20 };
	uint32_t *tried = calloc(SLOTS, sizeof(*tried)), number = 0, hash;
	char piece[PIECE];

	CHECK(tried);
	for (;;) {
		make_piece(found[1], ++number);
		hash = fnv(state, found[1], PIECE);
		make_piece(piece, tried[hash % SLOTS]);
		if (tried[hash % SLOTS] && fnv(state, piece, PIECE) == hash)
			break;
		tried[hash % SLOTS] = number;
	}
	memcpy(found[0], piece, PIECE);
	free(tried);
	return hash;
}

static void make_name(char *name, uint32_t number)
{
	for (int i = 0; i < POSITIONS; i++)
		memcpy(name + i * PIECE, pieces[i][number >> i & 1], PIECE);
}

static uint32_t longest_run(const struct queue *queue)
{
	uint32_t run = 0, longest = 0;

	for (size_t at = 0; at < queue->slot_count; at++) {
		run = queue->slots[at] == UINT32_MAX ? 0 : run + 1;
		longest = run > longest ? run : longest;
	}
	return longest;
}

static uint32_t longest_chain(const struct tree *tree)
{
	uint32_t longest = 0;

	for (uint32_t at = 0; at < tree->buckets; at++) {
		uint32_t length = 0;

		for (uint32_t id = tree->by_name[at]; id != NODE_NONE;
		     id = tree->nodes[id].next_by_name)
			length++;
		longest = length > longest ? length : longest;
	}
	return longest;
}

/* Of another implementation, that of CPython 3.11: keys and `number` there are bytes, too. */
static void check_vectors(void)
{
	const struct hash_key zero = { { 0, 0 } };
	uint8_t bytes[20];

	for (uint8_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = i;
	CHECK(keyed_hash(&zero, 0x3837363534333231u, "", 0) == 0x3489982430560a87u);
	CHECK(keyed_hash(&zero, 0x3837363534333231u, "a", 1) == 0x648a65fcaa5b5b18u);
	CHECK(keyed_hash(&zero, 0x3837363534333231u, bytes, sizeof(bytes)) == 0x91ade79100cff85cu);
}

int main(void)
{
	uint32_t state = 2166136261u ^ DIRECTORY;
	struct queue queue;
	struct tree tree;
	char name[LENGTH];

	check_vectors();
	for (int i = 0; i < POSITIONS; i++)
		state = collide(state, pieces[i]);
	queue_init(&queue, QUEUE_OF_NAMES, &QUEUE_BOUNDS);
	tree_init(&tree, 1, 1);
	for (uint64_t i = 1; i <= DIRECTORY; i++)
		tree_add(&tree, NODE_ROOT, (const char *)&i, sizeof(i), 1, 1 + i);
	for (uint32_t i = 0; i < NAMES; i++) {
		make_name(name, i);
		CHECK(fnv(2166136261u ^ DIRECTORY, name, LENGTH) == state);
		queue_add(&queue, DIRECTORY, IN_CREATE, 0, name, LENGTH, 0);
		tree_add(&tree, DIRECTORY, name, LENGTH, 1, 100 + i);
	}
	CHECK(queue.used == NAMES);
	CHECK(longest_run(&queue) < LONGEST_RUN);
	CHECK(longest_chain(&tree) < LONGEST_CHAIN);
	CHECK(memcmp(&queue.hash_key, &tree.hash_key, sizeof(struct hash_key)) != 0);
	queue_free(&queue);
	tree_free(&tree);
	return 0;
}
