/*
 * The launcher: its own main() reads a specification from the input and applies it to the kernel of
 * kernel.c. It may refuse it; it may not fault, hang or ask for much memory, and it executes
 * nothing after something was not done.
 */
#define main launcher_main
#include "launch/launch.c"
#undef main

#include "specification.h"

#include <string.h>

/* As much as SPECIFICATION_MAX, or pointers to as many strings as fit in it. */
const size_t memory_most = (8u << 20) / 5 * sizeof(char *);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	static char name[] = "clsync-launch", channel[] = "3";
	char *words[] = { name, channel, NULL };

	kernel_begin(input, size);
	if (_setjmp(program_ended) == 0)
		launcher_main(2, words);
	failure_context.descriptor = -1;
	launch_parent = 0;
	launch_namespaces = 0;
	memset(specification, 0, sizeof(specification));
	memory_release();
	return 0;
}
