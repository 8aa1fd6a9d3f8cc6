#include "mirror/temporary.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PREFIX ".clsync-mirror."

void temporary_begin(struct mirror *mirror)
{
	const struct hash_key key = hash_key_new();

	snprintf(mirror->temporary, sizeof(mirror->temporary), PREFIX "%016" PRIx64 ".",
	         key.words[0]);
}

void temporary_name(struct mirror *mirror, char name[TEMPORARY_SIZE])
{
	snprintf(name, TEMPORARY_SIZE, "%s%" PRIxFAST64, mirror->temporary,
	         atomic_fetch_add(&mirror->temporaries, 1));
}

/* Sixteen hexadecimal digits, a dot, and more of them. */
static bool is_numbered(const char *rest)
{
	static const char digits[] = "0123456789abcdef";
	size_t first = strspn(rest, digits), second;

	if (first != 16 || rest[first] != '.')
		return false;
	second = strspn(rest + first + 1, digits);
	return second > 0 && second <= 16 && rest[first + 1 + second] == '\0';
}

bool is_left_behind(const struct mirror *mirror, const char *name)
{
	return strncmp(name, PREFIX, strlen(PREFIX)) == 0 && is_numbered(name + strlen(PREFIX)) &&
	       strncmp(name, mirror->temporary, strlen(mirror->temporary)) != 0;
}
