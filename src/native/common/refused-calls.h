/*
 * Counts the system calls that a filter refuses by a signal (SECCOMP_RET_TRAP): the handler counts
 * the call and lets it answer the errno that the filter names.
 */
#ifndef CLSYNC_COMMON_REFUSED_CALLS_H
#define CLSYNC_COMMON_REFUSED_CALLS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Numbers of system calls are below. */
#define CALLS_MAX 512

/*
 * From now on refused calls are counted, by their numbers, where `counts` says; `told` (or NULL) is
 * called then, in the handler. Returns false and sets errno where that cannot be.
 */
bool count_refused_calls(_Atomic uint32_t counts[CALLS_MAX], void (*told)(void));

#endif
