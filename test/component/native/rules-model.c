/* The rules with random patterns and paths, beside a plain model. */
#include "compare-fuzz.h"
#include "watch/rules.h"

#include <regex.h>

static const char *const PATTERNS[] = { "^a", "b$", "^(a|c)/d", "[ab]{2}", ".*", "x", "(", "[a" };
enum { VALID = 6, PATTERN_COUNT = 8 };

void check_rules(uint32_t rounds)
{
	for (uint32_t round = 0; round < rounds; round++) {
		struct rules rules = { 0 };
		regex_t failed;
		char path[64];

		for (uint32_t count = draw(6); count > 0; count--) {
			uint32_t pattern = draw(PATTERN_COUNT);
			int error = rules_add(&rules, PATTERNS[pattern], (uint8_t)draw(16), draw(2),
			                      &failed);

			CHECK((error == 0) == (pattern < VALID));
		}
		random_path(path, sizeof(path));
		uint8_t asked = (uint8_t)draw(16), expected = 0;
		for (uint8_t action = 1; action < 16; action = (uint8_t)(action << 1)) {
			size_t i = 0;

			while (i < rules.count &&
			       (!(rules.list[i].actions & action) ||
			        regexec(&rules.list[i].pattern, path, 0, NULL, 0) != 0))
				i++;
			if (asked & action && (i == rules.count || rules.list[i].allow))
				expected |= action;
		}
		CHECK(rules_allowed(&rules, asked, path) == expected);
		rules_free(&rules);
	}
}
