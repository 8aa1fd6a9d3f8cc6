/* The one way in which the launcher, and the processes it leaves behind, fail. */
#ifndef CLSYNC_LAUNCH_FAILURE_H
#define CLSYNC_LAUNCH_FAILURE_H

/* What a report says besides its words, and where it goes. */
struct failure_context {
	/*
	 * The launcher's own descriptor, which the specification came from; close-on-exec. -1:
	 * there is none, reports go to standard error.
	 */
	int descriptor;
	/* The step being applied, and the exit status when it fails. */
	const char *step;
	int status;
};
extern struct failure_context failure_context;

/*
 * Reports "STATUS ERRNO STEP: detail" and a NUL on the launcher's descriptor, and exits with
 * STATUS.
 */
_Noreturn void fail(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
