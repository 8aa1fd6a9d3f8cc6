/*
 * The plug-in host: its own main() reads calls from the input, after a byte of settings (host.h),
 * and makes them to the handler of handler.c. It may refuse them in whatever way it likes; it may
 * not fault, hang, or keep more than one init leaves with it.
 */
#define main host_main
#include "host/host.c"
#undef main

#include "host.h"

/* As much as MESSAGE_MAX. */
const size_t memory_most = 1u << 30;

size_t host_pieces(void)
{
	const char *const held[] = { context.label,
		                     context.watchdir,
		                     context.watchdirwslash,
		                     context.destdir,
		                     context.destdirwslash,
		                     variables[VARIABLE_STATUS],
		                     variables[VARIABLE_ITERATION] };
	size_t count = 1;

	for (size_t i = 0; i < sizeof(held) / sizeof(held[0]); i++)
		count += held[i] != NULL;
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	static char name[] = "host", object[] = "handler.so", channel[] = "3";
	char *words[] = { name, object, channel, NULL };

	host_begin(input, size);
	if (_setjmp(program_ended) == 0)
		host_main(3, words);
	context = (struct ctx){ 0 };
	memset(variables, 0, sizeof(variables));
	memory_release();
	return 0;
}
