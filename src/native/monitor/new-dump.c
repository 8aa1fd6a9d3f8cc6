#include "monitor/new-dump.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define NAME_SIZE 64
#define FILE_MODE 0600

static bool is_directory(const char *text)
{
	return text[0] != '\0' && text[strlen(text) - 1] == '/';
}

int new_dump(int directory, const struct frozen_file *file)
{
	for (uint32_t i = 0; i < file->text_count; i++)
		if (is_directory(file->texts[i]) &&
		    mkdirat(directory, file->texts[i], file->mode) != 0)
			return errno;
	return 0;
}

int dump_part(int directory, const char *text, uint32_t number, int *descriptor)
{
	char name[NAME_SIZE];
	const int length = is_directory(text) ? snprintf(name, sizeof(name), "%s%u", text, number)
	                                      : snprintf(name, sizeof(name), "%s", text);

	if (length < 0 || (size_t)length >= sizeof(name))
		return ENAMETOOLONG;
	*descriptor = openat(directory, name,
	                     O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC,
	                     FILE_MODE);
	return *descriptor < 0 ? errno : 0;
}
