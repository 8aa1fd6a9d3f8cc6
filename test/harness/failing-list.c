/*
 * Loaded into a program whose directories are listed by syscall(2): while there is a file at
 * $FAILING_LIST that fails as on a broken disk.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef long system_call(long, ...);

long syscall(long number, ...)
{
	system_call *call = (system_call *)dlsym(RTLD_NEXT, "syscall");
	const char *path = getenv("FAILING_LIST");
	long words[6];
	va_list list;

	va_start(list, number);
	for (int i = 0; i < 6; i++)
		words[i] = va_arg(list, long);
	va_end(list);
	if (number == SYS_getdents64 && path != NULL && access(path, F_OK) == 0) {
		errno = EIO;
		return -1;
	}
	return call(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}
