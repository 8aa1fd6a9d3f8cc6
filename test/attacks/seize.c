/*
 * seize DIRECTORY FILE: until it is killed, FILE in DIRECTORY, of which we are the owner, changes
 * places with whatever temporary name the daemon makes there next, as soon as it is there: the
 * names are counted.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEMPORARY ".clsync-mirror."

/* The last temporary name that is there: its beginning, and its number; 0: none is. */
static unsigned long look(int directory, char prefix[64])
{
	DIR *listing = fdopendir(openat(directory, ".", O_RDONLY | O_DIRECTORY));
	unsigned long number = 0;
	const struct dirent *entry;

	while (listing && (entry = readdir(listing)))
		if (strncmp(entry->d_name, TEMPORARY, strlen(TEMPORARY)) == 0) {
			const char *dot = strrchr(entry->d_name, '.') + 1;

			snprintf(prefix, 64, "%.*s", (int)(dot - entry->d_name), entry->d_name);
			number = strtoul(dot, NULL, 16);
		}
	if (listing)
		closedir(listing);
	return number;
}

int main(int argc, char **argv)
{
	int directory = argc == 3 ? open(argv[1], O_RDONLY | O_DIRECTORY) : -1;
	char prefix[64] = "", name[128];
	unsigned long number = 0;

	if (directory < 0)
		return 2;
	for (unsigned long round = 0;; round++) {
		unsigned long seen = round % 512 == 0 || number == 0 ? look(directory, prefix) : 0;

		if (seen != 0)
			number = seen;
		if (number == 0)
			continue;
		for (unsigned long next = number; next < number + 16; next++) {
			snprintf(name, sizeof(name), "%s%lx", prefix, next);
			if (renameat2(directory, argv[2], directory, name, RENAME_EXCHANGE) == 0)
				number = next + 1;
		}
	}
}
