/* Random changes of a tree. */
#include "compare-fuzz.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

void random_path(char *path, size_t size)
{
	size_t length = 0;

	for (uint32_t depth = 1 + draw(3); depth > 0; depth--)
		length += (size_t)snprintf(path + length, size - length, "%s%c", length ? "/" : "",
		                           "abcd"[draw(4)]);
}

void change(int root)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
		                           { .tv_sec = 1000000000 + draw(2) } };
	char path[64], other[64];
	int fd;

	random_path(path, sizeof(path));
	random_path(other, sizeof(other));
	switch (draw(10)) {
	case 0:
	case 1:
		mkdirat(root, path, 0755);
		break;
	case 2:
		symlinkat(draw(2) ? ELSEWHERE : "a", root, path);
		break;
	case 3:
		renameat(root, path, root, other);
		break;
	case 4:
		unlinkat(root, path, draw(2) ? AT_REMOVEDIR : 0);
		break;
	case 5:
	case 6:
		unlinkat(root, other, 0);
		linkat(root, path, root, other, 0);
		break;
	case 7:
		utimensat(root, path, times, AT_SYMLINK_NOFOLLOW);
		break;
	default:
		fd = openat(root, path, O_CREAT | O_WRONLY | O_NOFOLLOW | O_NONBLOCK, 0644);
		if (fd < 0)
			return;
		CHECK(ftruncate(fd, (off_t[]){ 0, 1, 1 << 20 }[draw(3)]) == 0);
		close(fd);
	}
}
