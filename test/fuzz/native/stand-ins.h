/*
 * What a program under test finds instead of the system: every function it calls that does more
 * than compute is renamed to fake_NAME (see the Makefile), so that it reaches nothing, and the link
 * fails when a stand-in is missing.
 */
#ifndef STAND_INS_H
#define STAND_INS_H

#include "check.h"

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

/* Defines the stand-in of a function, with the function's own type. */
#define STAND_IN(type, name, ...)                                                                  \
	extern __typeof__(name) fake_##name;                                                       \
	type fake_##name(__VA_ARGS__)

/* The program's exit, which jumps back into its target. */
extern jmp_buf program_ended;

/* The rest of the input. */
extern const uint8_t *input_at, *input_end;

/* Reads bytes whose values do not matter, so that the sanitizers see it when they are not there. */
void touch(const void *bytes, size_t length);
void touch_string(const char *string);

/*
 * Memory of the program: how many pieces it holds, and the end of them all, as at the end of its
 * process.
 */
size_t memory_pieces(void);
void memory_release(void);
/* The most that the program may ask for at once; each target's own. */
extern const size_t memory_most;

#endif
