/* What the files of compare-fuzz share. */
#ifndef CLSYNC_COMPARE_FUZZ_H
#define CLSYNC_COMPARE_FUZZ_H

#include "check.h"
#include "random.h"
#include "compare/comparison.h"
#include "compare/pairs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * The target of symbolic links: a directory in which nobody can make or remove a name, because
 * later changes go through the links.
 */
#define ELSEWHERE "/proc/self/fdinfo"

/* A sorted set of findings. */
enum { MOST = 1024 };
struct found {
	struct {
		int kind;
		bool directory;
		char path[64];
	} rows[MOST];
	size_t count;
};

struct question {
	struct compare_terms terms;
	uint8_t skipped[256];
	size_t length;
	uint32_t extent;
};

void random_path(char *path, size_t size);
/* Makes one random change beneath `root`, which may fail. */
void change(int root);

void add(struct found *found, int kind, bool directory, const char *path, size_t length);
/* The model: finds the names beneath a directory that only the copy has. */
void model(const int roots[2], const struct question *question, const char *path,
           struct found *found);
/* Compares the rules for several actions at once with one question for each action. */
void check_rules(uint32_t rounds);

#endif
