/*
 * What Node has no calls for. The words are on the standard input, as they are bytes, each with a
 * NUL behind it:
 *   list ROOT            extended attributes beneath ROOT: path, name, value, each with a NUL
 * behind it, values in hexadecimal digits set PATH NAME HEX    remove PATH NAME fifo|socket|device
 * PATH exchange PATH PATH
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#define FILES 32
#define MOST 65536
#define WORDS 4

#define CHANGED 3 /* the exit code of a list during which a directory went */

static size_t root_length;

static void list_value(const char *path, const char *name)
{
	static unsigned char value[MOST];
	ssize_t length = lgetxattr(path, name, value, sizeof(value));

	if (length < 0)
		return; /* it has gone meanwhile */
	fputs(path + root_length, stdout);
	putchar(0);
	fputs(name, stdout);
	putchar(0);
	for (ssize_t i = 0; i < length; i++)
		printf("%02x", value[i]);
	putchar(0);
}

static int list_attributes(const char *path, const struct stat *stat, int flag, struct FTW *walk)
{
	static char names[MOST];
	ssize_t length = llistxattr(path, names, sizeof(names));

	(void)stat, (void)flag, (void)walk;
	for (const char *name = names; name < names + length; name += strlen(name) + 1)
		list_value(path, name);
	return 0;
}

static int set_attribute(const char *path, const char *name, const char *digits)
{
	static unsigned char value[MOST];
	size_t length = strlen(digits) / 2;

	for (size_t i = 0; i < length && i < MOST; i++)
		sscanf(digits + 2 * i, "%2hhx", &value[i]);
	return lsetxattr(path, name, value, length, 0);
}

static int act(int count, char **words)
{
	const char *verb = words[0];

	if (strcmp(verb, "list") == 0 && count == 2) {
		root_length = strlen(words[1]);
		return nftw(words[1], list_attributes, FILES, FTW_PHYS);
	}
	if (strcmp(verb, "set") == 0 && count == 4)
		return set_attribute(words[1], words[2], words[3]);
	if (strcmp(verb, "remove") == 0 && count == 3)
		return lremovexattr(words[1], words[2]);
	if (strcmp(verb, "fifo") == 0 && count == 2)
		return mkfifo(words[1], 0644);
	if (strcmp(verb, "socket") == 0 && count == 2)
		return mknod(words[1], S_IFSOCK | 0755, 0);
	if (strcmp(verb, "device") == 0 && count == 2)
		return mknod(words[1], S_IFCHR | 0600, makedev(1, 3));
	if (strcmp(verb, "exchange") == 0 && count == 3)
		return renameat2(AT_FDCWD, words[1], AT_FDCWD, words[2], RENAME_EXCHANGE);
	errno = EINVAL;
	return -1;
}

int main(void)
{
	static char input[MOST];
	char *words[WORDS];
	int count = 0;
	size_t length = fread(input, 1, sizeof(input) - 1, stdin);

	for (char *word = input; word < input + length && count < WORDS; word += strlen(word) + 1)
		words[count++] = word;
	if (count > 1 && act(count, words) == 0)
		return 0;
	return errno == ENOENT || errno == ENOTDIR ? CHANGED : 1;
}
