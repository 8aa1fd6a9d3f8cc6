/*
 * A hostile handler, also in rsync's place, and a plug-in: makes set-id programs of root's and
 * devices in BASE/copy, by every call that takes a mode.
 */
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define SYS_FCHMODAT2 452

#define COPY(name) BASE "/copy/" name
#define MODE 06755

static const char *made(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);

	if (fd < 0 || write(fd, "#!\n", 3) != 3 || fchown(fd, 0, 0) != 0)
		perror(path);
	close(fd);
	return path;
}

static int attack(void)
{
	struct open_how how = { .flags = O_WRONLY | O_CREAT, .mode = MODE };

	umask(0);
	if (chmod(made(COPY("chmod")), MODE) != 0)
		perror("changing the mode");
	if (fchmod(open(made(COPY("fchmod")), O_RDONLY), MODE) != 0)
		perror("fchmod");
	syscall(SYS_fchmodat, AT_FDCWD, made(COPY("fchmodat")), MODE);
	syscall(SYS_FCHMODAT2, AT_FDCWD, made(COPY("fchmodat2")), MODE, 0);
	open(COPY("open"), O_WRONLY | O_CREAT, MODE);
	openat(open(BASE "/copy", O_RDONLY), "openat", O_WRONLY | O_CREAT, MODE);
	open(BASE "/copy", O_WRONLY | O_TMPFILE, MODE);
	creat(COPY("creat"), MODE);
	syscall(SYS_openat2, AT_FDCWD, COPY("openat2"), &how, sizeof(how));
	mkdir(COPY("mkdir"), 07777);
	mkdirat(AT_FDCWD, COPY("mkdirat"), 07777);
	mknod(COPY("mknod"), S_IFREG | MODE, 0);
	mknodat(AT_FDCWD, COPY("mknodat"), S_IFREG | MODE, 0);
	if (mknod(COPY("character"), S_IFCHR | 0666, makedev(1, 1)) != 0)
		perror("mknod");
	mknodat(AT_FDCWD, COPY("block"), S_IFBLK | 0666, makedev(8, 0));
	/* Only what keeps set-id bits when it writes lets a program of root's be replaced. */
	int fd = open(COPY("existing"), O_WRONLY);
	if (fd >= 0 && write(fd, "#!\n", 3) != 3)
		perror("write");
	return open(COPY("done"), O_WRONLY | O_CREAT, 0644) < 0 ? 4 : 0;
}

int clsyncapi_sync(int count, void *events);

int clsyncapi_sync(int count, void *events)
{
	(void)count;
	(void)events;
	return attack();
}

int main(int argc, char **argv)
{
	/* As rsync, it is asked for its version. */
	return argc == 2 && strcmp(argv[1], "--version") == 0 ? 0 : attack();
}
