/*
 * What the files of the hostile program share. A probe tries one thing that the confined must not
 * be able to do. It returns 0 or more where it succeeded, else -1 with errno; nothing it does is of
 * harm where it succeeds, as root and unconfined too.
 */
#ifndef CLSYNC_PROBE_H
#define CLSYNC_PROBE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct probe {
	const char *name;
	const char *words; /* what it tries, after "it" */
	int (*attempt)(void);
};

/* Puts a probe into the list, which the linker makes. */
#define PROBE(name, words)                                                                         \
	static int name(void);                                                                     \
	static const struct probe probe_##name = { #name, words, name };                           \
	static const struct probe *const entry_##name                                              \
	        __attribute__((section("probes"), used)) = &probe_##name;                          \
	static int name(void)

/* The targets of the probes: see arena.ts. */
struct arena {
	char outside[1024];   /* a directory that was not granted; `secret` and others are in it */
	char source[1024];    /* granted for reading */
	char copy[1024];      /* granted for writing */
	const char *abstract; /* name of a listening abstract socket of the host */
	const char *namespaces; /* the host's, as /proc/self/ns has them */
	pid_t victim;           /* a process of the host with our uid */
	int port;               /* of a TCP listener on the host's loopback */
};
extern struct arena arena;

/* The list of probes. */
extern const struct probe *const __start_probes[], *const __stop_probes[];
/* Sets the arena from the arguments of main.c. */
void describe(char *const *words);
/* Tries a probe. Returns 0 on success, else errno, or 255. SIGALRM ends a probe that blocks. */
int attempt(const struct probe *probe);
/* The name of such an error. */
const char *verdict_of(int error);

/* A path in a buffer that stays as it is for the next three calls. */
const char *in(const char *directory, const char *name);
const char *numbered(const char *format, int number);
/* 0 when it can be opened. */
int opens(const char *path, int flags);
/* 0 when a new file can be made there; it is gone again. */
int creates_in(const char *directory);
/* 0 when some of it can be read. */
int reads(const char *path);
/* Runs a program and returns its exit status; -1 when it could not be executed. */
int runs(const char *path, char *const *arguments);
/* Sets errno and returns -1. */
int denied(int error);
/* Makes a copy of this program to be executed by a probe; it exits with 0 when it runs. */
int copy_of_this(const char *path, mode_t mode);

#endif
