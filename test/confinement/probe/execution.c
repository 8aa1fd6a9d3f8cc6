/*
 * Code that did not exist at the start: written files that are executed, and memory that is written
 * and executed.
 */
#include "probe.h"

#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/shm.h>
#include <sys/wait.h>

#define PAGE 4096

static int executes_copy(const char *path)
{
	if (copy_of_this(path, 0755) != 0)
		return -1;
	int status = runs(path, (char *const[]){ "probe", "--runs", NULL }), error = errno;
	unlink(path);
	errno = error;
	return status == 0 ? 0 : denied(status > 0 ? EPERM : errno);
}
PROBE(execute_from_copy, "executes a program it has written to the destination")
{
	return executes_copy(in(arena.copy, "program"));
}
PROBE(execute_from_tmp, "executes a program it has written to /tmp")
{
	return executes_copy(numbered("/tmp/clsync-program-%d", arena.port));
}
PROBE(execute_from_shm, "executes a program it has written to shared memory")
{
	return executes_copy(numbered("/dev/shm/clsync-program-%d", arena.port));
}
PROBE(load_from_copy, "has the dynamic loader execute a program it has written to the destination")
{
	const char *path = in(arena.copy, "loaded");

	if (copy_of_this(path, 0644) != 0)
		return -1;
	int status = runs("/lib64/ld-linux-x86-64.so.2",
	                  (char *const[]){ "ld.so", (char *)path, "--runs", NULL }),
	    error = errno;
	unlink(path);
	errno = error;
	return status == 0 ? 0 : denied(status > 0 ? EPERM : errno);
}
PROBE(memory_file, "makes a file in memory, to execute it")
{
	return memfd_create("probe", 0) < 0 ? -1 : 0;
}
PROBE(secret_memory, "makes memory that the kernel cannot see into")
{
	return (int)syscall(447 /* memfd_secret */, 0);
}

static int is_mapped(void *memory)
{
	return memory == MAP_FAILED ? -1 : 0;
}
PROBE(writable_code, "maps memory that it can write and execute")
{
	return is_mapped(mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
	                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}
PROBE(written_code, "makes memory it has written executable")
{
	void *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return -1;
	*(char *)memory = (char)0xc3;
	return mprotect(memory, PAGE, PROT_READ | PROT_EXEC);
}
PROBE(written_code_by_key, "does so by pkey_mprotect")
{
	void *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED
	               ? -1
	               : (int)syscall(SYS_pkey_mprotect, memory, PAGE, PROT_READ | PROT_EXEC, -1);
}
PROBE(changed_code, "makes its own code writable")
{
	return mprotect((void *)((size_t)is_mapped & ~(size_t)(PAGE - 1)), PAGE,
	                PROT_READ | PROT_WRITE | PROT_EXEC);
}
PROBE(executable_segment, "attaches shared memory that it can write and execute")
{
	int segment = shmget(IPC_PRIVATE, PAGE, IPC_CREAT | 0700);

	if (segment < 0)
		return -1;
	void *memory = shmat(segment, NULL, SHM_EXEC);
	int error = errno;
	shmctl(segment, IPC_RMID, NULL);
	errno = error;
	return is_mapped(memory);
}
PROBE(file_as_code, "maps a file it has written as code")
{
	const char *path = in(arena.copy, "code");
	int fd = open(path, O_RDWR | O_CREAT, 0600);

	if (fd < 0 || write(fd, "\xc3", 1) != 1)
		return -1;
	void *memory = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
	int error = errno;
	unlink(path);
	errno = error;
	return is_mapped(memory);
}
PROBE(write_own_code, "writes into its own code by way of /proc/self/mem")
{
	return opens("/proc/self/mem", O_RDWR);
}
PROBE(no_randomisation, "switches address randomisation off")
{
	return personality(ADDR_NO_RANDOMIZE) < 0 ? -1 : 0;
}
PROBE(readable_is_executable, "makes all it can read executable")
{
	return personality(READ_IMPLIES_EXEC) < 0 ? -1 : 0;
}
