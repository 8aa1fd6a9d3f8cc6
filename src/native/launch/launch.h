/*
 * What the files of the launcher share: the specification's reader, the steps, and the one way to
 * fail.
 */
#ifndef CLSYNC_LAUNCH_H
#define CLSYNC_LAUNCH_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * A part of the specification still to be read. Reading past the end, or leaving bytes over, fails
 * the current step.
 */
struct reader {
	const uint8_t *at;
	const uint8_t *end;
};

uint32_t read_u32(struct reader *reader);
uint64_t read_u64(struct reader *reader);
/* A byte string that ends in its only NUL; points into the specification. */
char *read_string(struct reader *reader);
/* A length and that many bytes, any value. */
const uint8_t *read_bytes(struct reader *reader, size_t *length);
/* A count of elements that follow, each taking at least `size` bytes, at most `limit` of them. */
uint32_t read_count(struct reader *reader, size_t size, uint32_t limit);
/* A counted list of strings as execve(2) wants it, ending in NULL. */
char **read_strings(struct reader *reader);
void read_end(const struct reader *reader);

/*
 * Reports "STATUS ERRNO STEP: detail" and a NUL on the launcher's descriptor and exits with the
 * current step's status.
 */
_Noreturn void fail(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The descriptor the specification came from and errors go to; close-on-exec. */
extern int launch_descriptor;

/*
 * Who our parent must be, once the keeper has stepped in between; 0 before that: whom the
 * specification names.
 */
extern pid_t launch_parent;

/* CLONE_NEW* flags of the namespaces that are the program's own. */
extern uint32_t launch_namespaces;

/*
 * For a process that only waits for the program: its ids, no capability but those of the mask, no
 * new privileges.
 */
void drop_like_program(uint64_t kept);
/*
 * For the keeper: its end by `signal` with the parent that the specification names, who must still
 * be there.
 */
void watch_parent(int signal);

/*
 * Give up every capability but those of the mask. The bounding set comes before the change of ids,
 * which takes away what it needs.
 */
void drop_bounding(void);
void drop_capabilities(uint64_t kept);
/* Ends with `signal` when the parent does; fails when that is not `expected`. */
void end_with(pid_t expected, int signal);

/* Steps: each applies its part of the specification and reads the effect back, or fails. */
void step_cgroup(struct reader *reader);
void step_descriptors(struct reader *reader);
void step_session(struct reader *reader);
void step_limits(struct reader *reader);
void step_umask(struct reader *reader);
void step_namespaces(struct reader *reader);
void step_keeper(struct reader *reader);
void step_mounts(struct reader *reader);
void step_directory(struct reader *reader);
void step_bounding(struct reader *reader);
void step_identity(struct reader *reader);
void step_capabilities(struct reader *reader);
void step_parent(struct reader *reader);
void step_privileges(struct reader *reader);
void step_memory(struct reader *reader);
void step_landlock(struct reader *reader);
void step_seccomp(struct reader *reader);
void step_program(struct reader *reader);

#endif
