/*
 * Linked into a launcher (ld --wrap): whenever it resolves a path in DIRECTORY, two names there
 * change places for as long as that takes, as its owner can make them at any moment.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int __real_open_tree(int directory, const char *path, unsigned flags);
int __wrap_open_tree(int directory, const char *path, unsigned flags);
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

static void exchange(const char *path)
{
	if (strncmp(path, DIRECTORY "/", sizeof(DIRECTORY)) == 0)
		renameat2(AT_FDCWD, DIRECTORY "/up", AT_FDCWD, DIRECTORY "/trap", RENAME_EXCHANGE);
}

int __wrap_open_tree(int directory, const char *path, unsigned flags)
{
	exchange(path);
	int result = __real_open_tree(directory, path, flags);
	exchange(path);
	return result;
}

long __wrap_syscall(long number, ...)
{
	uintptr_t words[6];
	va_list rest;

	va_start(rest, number);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		words[i] = va_arg(rest, uintptr_t);
	va_end(rest);
	const char *path = number == SYS_openat2 ? (const char *)words[1] : "";
	exchange(path);
	long result = __real_syscall(number, words[0], words[1], words[2], words[3], words[4],
	                             words[5]);
	exchange(path);
	return result;
}
