/* The stand-ins that all programs need: input, memory and exit. */
#include "stand-ins.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/*
 * The most memory and pieces: enough for any input, and little enough for the sanitizer to be fast.
 */
enum { ROOM = 1 << 20, PIECES_MAX = 1 << 13 };

jmp_buf program_ended;
const uint8_t *input_at, *input_end;

static struct piece {
	void *memory;
	size_t size;
} pieces[PIECES_MAX];
static size_t piece_count, used;

void touch(const void *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		(void)((const volatile uint8_t *)bytes)[i];
}

void touch_string(const char *string)
{
	touch(string, strlen(string) + 1);
}

size_t memory_pieces(void)
{
	return piece_count;
}

void memory_release(void)
{
	while (piece_count > 0)
		free(pieces[--piece_count].memory);
	used = 0;
}

STAND_IN(void *, malloc, size_t size)
{
	CHECK(size <= memory_most);
	if (size > ROOM - used)
		return NULL;
	void *memory = malloc(size);
	CHECK(memory != NULL && piece_count < PIECES_MAX);
	pieces[piece_count++] = (struct piece){ memory, size };
	used += size;
	return memory;
}

STAND_IN(void *, calloc, size_t count, size_t size)
{
	size_t all;

	CHECK(!__builtin_mul_overflow(count, size, &all));
	void *memory = fake_malloc(all);
	if (memory != NULL)
		memset(memory, 0, all);
	return memory;
}

STAND_IN(char *, strdup, const char *string)
{
	size_t size = strlen(string) + 1;
	char *copy = fake_malloc(size);

	return copy == NULL ? NULL : memcpy(copy, string, size);
}

STAND_IN(void, free, void *memory)
{
	if (memory == NULL)
		return;
	for (size_t i = piece_count; i-- > 0;)
		if (pieces[i].memory == memory) {
			used -= pieces[i].size;
			pieces[i] = pieces[--piece_count];
			free(memory);
			return;
		}
	CHECK(!"freed what is not held");
}
