/*
 * Each thread does it itself in a signal handler, like psx(3) of libcap.
 */
#include "addon/every-thread.h"

#include <dirent.h>
#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SIGNALS 64
/* Seconds within which every thread must have answered. */
#define ANSWER_SECONDS 5

static void (*act_here)(void);
static sem_t answered;

static void on_signal(int signal)
{
	int error = errno;

	(void)signal;
	act_here();
	sem_post(&answered);
	errno = error;
}

static uint64_t blocked_by(const char *thread)
{
	char path[64], line[128];
	unsigned long long mask = ~0ull;

	snprintf(path, sizeof(path), "/proc/self/task/%.20s/status", thread);
	FILE *status = fopen(path, "re");
	if (status == NULL)
		return 0; /* it has ended */
	while (fgets(line, sizeof(line), status) != NULL)
		if (sscanf(line, "SigBlk: %llx", &mask) == 1)
			break;
	fclose(status);
	return mask;
}

/*
 * The kernel's struct sigaction: the C library's functions refuse the signals that it uses itself.
 */
struct action {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

static long set_action(int signal, const struct action *new, struct action *old)
{
	return syscall(SYS_rt_sigaction, signal, new, old, sizeof(new->mask));
}

/*
 * The action for a handler, with the restorer of the C library, which some architectures need to
 * return from a handler.
 */
static struct action action_for(void (*handler)(int))
{
	struct sigaction libc = { .sa_handler = handler, .sa_flags = SA_RESTART }, before;
	struct action action = { .handler = handler };

	sigfillset(&libc.sa_mask);
	sigaction(SIGURG, &libc, &before);
	set_action(SIGURG, NULL, &action);
	sigaction(SIGURG, &before, NULL);
	return action;
}

/*
 * The highest signal that no thread blocks; 0: none. The C library's own signals remain, as one
 * thread of Node blocks every signal that the C library lets it block.
 */
static int unblocked_signal(DIR *threads)
{
	uint64_t blocked = 0;

	rewinddir(threads);
	for (const struct dirent *entry; (entry = readdir(threads)) != NULL;)
		if (entry->d_name[0] != '.')
			blocked |= blocked_by(entry->d_name);
	for (int signal = SIGNALS; signal > 0; signal--)
		if ((blocked >> (signal - 1) & 1) == 0 && signal != SIGKILL && signal != SIGSTOP)
			return signal;
	return 0;
}

/*
 * The same once there is one: a thread that is being created blocks all signals until it runs,
 * which takes a while where the processors are busy.
 */
static int awaited_signal(DIR *threads)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	int signal = 0;

	for (int waited = 0; waited < ANSWER_SECONDS * 1000; waited++) {
		signal = unblocked_signal(threads);
		if (signal != 0)
			break;
		nanosleep(&pause, NULL);
	}
	return signal;
}

/* Sends the signal to every other thread; returns how many got it. */
static int signal_others(DIR *threads, int signal)
{
	int told = 0;

	rewinddir(threads);
	for (const struct dirent *entry; (entry = readdir(threads)) != NULL;) {
		int thread = atoi(entry->d_name);

		if (thread > 0 && thread != gettid() &&
		    syscall(SYS_tgkill, getpid(), thread, signal) == 0)
			told++;
	}
	return told;
}

static int act_in_all(DIR *threads)
{
	const struct action ours = action_for(on_signal);
	struct action before;
	struct timespec until;
	int signal = awaited_signal(threads), result = 0;

	if (signal == 0 || set_action(signal, &ours, &before) != 0)
		return EBUSY;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += ANSWER_SECONDS;
	for (int waiting = signal_others(threads, signal); result == 0 && waiting > 0; waiting--)
		while (sem_timedwait(&answered, &until) != 0 && result == 0)
			if (errno != EINTR)
				result = errno;
	/*
	 * The previous action may end the process, so it is not restored while a thread may still
	 * receive the signal.
	 */
	if (result == 0)
		set_action(signal, &before, NULL);
	act_here();
	return result;
}

int in_every_thread(void (*act)(void))
{
	DIR *threads = opendir("/proc/self/task");
	if (threads == NULL)
		return errno;
	act_here = act;
	sem_init(&answered, 0, 0);
	int error = act_in_all(threads);
	closedir(threads);
	return error;
}
