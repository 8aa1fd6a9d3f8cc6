/*
 * The monitor: its own main() reads from the input what it is told once, and words. It may refuse
 * them in whatever way it likes; it may not fault, hang, hold more and more, or open, execute and
 * kill what it was not told of. What its words meet is decided by the rest of the input, a byte a
 * call.
 */
#define main monitor_main
#include "monitor/monitor.c"
#undef main

#include "monitor-target.h"

/* As much as pointers to as many strings as fit in the longest input. */
const size_t memory_most = 1u << 20;

int monitor_run(void)
{
	return monitor_main();
}

const char *monitor_launcher(void)
{
	return frozen->launcher;
}

const char *monitor_group(void)
{
	return frozen->ended;
}
