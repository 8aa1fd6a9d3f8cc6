/* Reports a failure of the launcher, the keeper or init, and ends the process. */
#ifndef CLSYNC_LAUNCH_FAILURE_H
#define CLSYNC_LAUNCH_FAILURE_H

/* The fields of a report besides its text, and where it is written. */
struct failure_context {
	/*
	 * The launcher's own descriptor, from which it reads the specification; close-on-exec. -1:
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
