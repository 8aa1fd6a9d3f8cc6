#include "watch/rules.h"

#include "common/bytes.h"

#include <stdlib.h>

int rules_add(struct rules *rules, const char *pattern, uint8_t actions, bool allow,
              regex_t *failed)
{
	struct rule *rule;
	int error;

	rules->list = grow_array(rules->list, rules->count + 1, sizeof(struct rule));
	rule = &rules->list[rules->count];
	error = regcomp(&rule->pattern, pattern, REG_EXTENDED | REG_NOSUB);
	if (error) {
		*failed = rule->pattern;
		return error;
	}
	rule->actions = actions;
	rule->allow = allow;
	rules->count++;
	return 0;
}

void rules_free(struct rules *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		regfree(&rules->list[i].pattern);
	free(rules->list);
	*rules = (struct rules){ 0 };
}

uint8_t rules_allowed(const struct rules *rules, uint8_t actions, const char *path)
{
	uint8_t allowed = actions, open = actions;

	for (size_t i = 0; i < rules->count && open; i++) {
		const struct rule *rule = &rules->list[i];
		const uint8_t decided = rule->actions & open;

		if (!decided || regexec(&rule->pattern, path, 0, NULL, 0) != 0)
			continue;
		if (!rule->allow)
			allowed ^= decided;
		open ^= decided;
	}
	return allowed;
}
