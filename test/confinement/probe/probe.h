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

/* Puts a probe into the one list, which the linker makes. */
#define PROBE(name, words)                                                                         \
	static int name(void);                                                                     \
	static const struct probe probe_##name = { #name, words, name };                           \
	static const struct probe *const entry_##name                                              \
	        __attribute__((section("probes"), used)) = &probe_##name;                          \
	static int name(void)

/* What there is to reach: see arena.ts. */
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

/* The list. */
extern const struct probe *const __start_probes[], *const __stop_probes[];
/* Takes the words of main.c's command line. */
void describe(char *const *words);
/* 0 when it succeeded, else why not: errno, or 255. A probe that waits is ended by SIGALRM. */
int attempt(const struct probe *probe);
/* What that is called. */
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
/* -1 with this error. */
int denied(int error);
/* A copy of this program, to be executed as the test of something: it exits with 0 when it runs. */
int copy_of_this(const char *path, mode_t mode);

#endif
