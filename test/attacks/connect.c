/*
 * A hostile handler, also in rsync's place: tries to reach each Unix socket that
 * BASE/source/targets names, a line each, and writes to BASE/copy/reached the ones that answered.
 * Exits with 5 when it reached none.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static int reaches(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int ends[2], fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0)
		perror("socket");
	else if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return 1;
	else
		perror(path);
	/* An end of a pair of datagram sockets may be connected anew: then only its type is wrong.
	 */
	return socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0 &&
	       connect(ends[0], (struct sockaddr *)&address, sizeof(address)) != 0 &&
	       errno == EPROTOTYPE;
}

int main(int argc, char **argv)
{
	char line[sizeof(((struct sockaddr_un *)0)->sun_path)];
	int count = 0;

	/* As rsync, it is asked for its version. */
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return 0;
	FILE *targets = fopen(BASE "/source/targets", "r");
	FILE *reached = fopen(BASE "/copy/reached", "w");
	if (targets == NULL || reached == NULL)
		return 4;
	while (fgets(line, sizeof(line), targets) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (reaches(line) && ++count > 0)
			fprintf(reached, "%s\n", line);
	}
	return fclose(reached) != 0 ? 4 : count > 0 ? 0 : 5;
}
