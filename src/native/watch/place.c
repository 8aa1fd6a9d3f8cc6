#include "watch/place.h"

#include <limits.h>
#include <string.h>

bool append_name(char *path, size_t length, const char *name, size_t name_length, size_t *whole)
{
	size_t slash = length ? 1 : 0;

	if (length + slash + name_length >= PATH_MAX)
		return false;
	if (slash)
		path[length] = '/';
	memcpy(path + length + slash, name, name_length);
	path[length + slash + name_length] = '\0';
	*whole = length + slash + name_length;
	return true;
}

long event_name_length(const char *name, size_t room)
{
	size_t length = strnlen(name, room);

	if (length > NAME_MAX || memchr(name, '/', length) || (length == 1 && name[0] == '.') ||
	    (length == 2 && memcmp(name, "..", 2) == 0))
		return -1;
	return (long)length;
}
