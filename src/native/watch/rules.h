/*
 * An ordered list of POSIX extended regular expressions with what each concerns; what the numbers
 * mean is decided by the caller.
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
 * Of the action bits asked for, those that are allowed: for each the first matching rule decides,
 * none means allowed.
 */
uint8_t rules_allowed(const struct rules *rules, uint8_t actions, const char *path);

#endif
