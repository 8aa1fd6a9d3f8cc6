/*
 * An ordered list of POSIX extended regular expressions, each with the actions it decides. The
 * caller gives the action bits their meaning.
 */
#ifndef CLSYNC_RULES_H
#define CLSYNC_RULES_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rule {
	regex_t pattern;
	/* Bits of actions this rule decides, and the decision. */
	uint8_t actions;
	bool allow;
};

struct rules {
	struct rule *list;
	size_t count;
};

/* Compiles and appends; 0, or a code for regerror(3) with the failed expression in `failed`. */
int rules_add(struct rules *rules, const char *pattern, uint8_t actions, bool allow,
              regex_t *failed);
void rules_free(struct rules *rules);

/*
 * The bits of `actions` that are allowed. For each bit the first matching rule decides; without one
 * it is allowed.
 */
uint8_t rules_allowed(const struct rules *rules, uint8_t actions, const char *path);

#endif
