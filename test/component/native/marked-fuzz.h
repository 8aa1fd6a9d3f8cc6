/* Parts of native-fuzz.c: of the source for marked file systems. */
#ifndef CLSYNC_TEST_MARKED_FUZZ_H
#define CLSYNC_TEST_MARKED_FUZZ_H

#include <stdint.h>

/* Compares a set of keys with an array. */
void check_keys(uint32_t rounds);
/*
 * A source on a mark hears what happens in the one directory that it was given, and no name leads
 * out of that, whatever the events are.
 */
void hear(const char *directory, uint32_t rounds);

#endif
