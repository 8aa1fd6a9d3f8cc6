/*
 * Malformed calls to the plug-in host, to be built with the address and undefined-behaviour sanitizers, and with src/native/host*.c:
 *   host OBJECT SEED ROUNDS
 * Each round runs the host's own main() in a child that reads changed messages; a child that a signal or a sanitizer ends is a fault.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int host_main(int argc, char **argv);

/* Exit status of a sanitizer's complaint, see ASAN_OPTIONS in host.test.ts. */
enum { COMPLAINT = 99, LONGEST = 4096 };

static uint64_t state;

static uint32_t draw(uint32_t limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 11) % limit;
}

static size_t put_u32(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
	return sizeof(value);
}

static size_t put_string(uint8_t *at, const char *text)
{
	size_t length = strlen(text) + 1;

	put_u32(at, (uint32_t)length);
	memcpy(at + 4, text, length);
	return 4 + length;
}

/* One well-formed call with its length: 1 init, 2 sync, 3 rsync, 4 deinit. */
static size_t put_call(uint8_t *at, uint32_t call)
{
	size_t length = 4 + put_u32(at + 4, call);

	if (call == 1) {
		for (uint32_t i = 0; i < 6; i++)
			length += put_u32(at + length, 0);
		length += put_string(at + length, "label");
		length += put_string(at + length, "/watched");
		length += put_u32(at + length, UINT32_MAX);
	}
	if (call == 2 || call == 3) {
		length += put_string(at + length, "running");
		length += put_string(at + length, "1");
	}
	if (call == 2) {
		length += put_u32(at + length, 2);
		for (uint32_t event = 0; event < 2; event++) {
			for (uint32_t i = 0; i < 4; i++)
				length += put_u32(at + length, i);
			length += put_string(at + length, "a/b");
		}
	}
	if (call == 3) {
		length += put_string(at + length, "/include");
		length += put_string(at + length, "/exclude");
	}
	put_u32(at, (uint32_t)length - 4);
	return length;
}

static size_t make_input(uint8_t *input)
{
	static const uint32_t edges[] = { 0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff, 0x40000000, 0x40000001 };
	size_t length = put_call(input, 1);

	while (length + 200 < LONGEST && draw(4))
		length += put_call(input + length, 1 + draw(5));
	for (uint32_t damages = draw(4); damages > 0; damages--) {
		size_t at = draw((uint32_t)length - 3);

		switch (draw(3)) {
		case 0:
			input[at] = (uint8_t)draw(256);
			break;
		case 1:
			put_u32(input + at, edges[draw(8)]);
			break;
		default:
			memmove(input + at, input + at + 1, length - at - 1);
			length--;
		}
	}
	return draw(5) ? length : draw((uint32_t)length);
}

static int run_host(const char *object, const uint8_t *input, size_t length)
{
	int ends[2], status;
	char descriptor[16];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 || write(ends[0], input, length) != (ssize_t)length)
		exit(2);
	shutdown(ends[0], SHUT_WR);
	pid_t child = fork();
	if (child == 0) {
		char *words[] = { "host", (char *)(uintptr_t)object, descriptor, NULL };

		close(ends[0]);
		alarm(20);
		snprintf(descriptor, sizeof(descriptor), "%d", ends[1]);
		exit(host_main(3, words));
	}
	close(ends[1]);
	if (child < 0 || waitpid(child, &status, 0) != child)
		exit(2);
	close(ends[0]);
	return status;
}

int main(int argc, char **argv)
{
	uint8_t input[LONGEST];

	if (argc != 4)
		return 2;
	state = strtoull(argv[2], NULL, 10) * 2654435761u + 88172645463325252u;
	for (unsigned long round = strtoul(argv[3], NULL, 10); round > 0; round--) {
		size_t length = make_input(input);
		int status = run_host(argv[1], input, length);

		/* The host gives up on what it cannot understand by abort(3): the executor then starts another. */
		if ((WIFSIGNALED(status) && WTERMSIG(status) != SIGABRT) || (WIFEXITED(status) && WEXITSTATUS(status) == COMPLAINT)) {
			fprintf(stderr, "status %#x with the input ", (unsigned)status);
			for (size_t i = 0; i < length; i++)
				fprintf(stderr, "%02x", input[i]);
			fprintf(stderr, "\n");
			return 1;
		}
	}
	return 0;
}
