/*
 * GFileMonitor (GIO): a thread with a main context of its own creates, runs and ends all monitors,
 * and writes what they tell to a pipe. Another thread waits while it adds a directory.
 */
#include "glib/file-monitors.h"

#include "glib/watching.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/inotify.h>
#include <unistd.h>

/* Milliseconds within which GLib tells an event, generously. */
#define KEPT 200
#define PIPE_BYTES (1 << 20)

struct gio {
	GMainContext *context;
	GMainLoop *loop;
	GThread *thread;
	/* Used by the thread alone. */
	struct watching watching;
	/* Whether a mark is to come. */
	gint marking;
};

/* A call for the thread, and its result. */
struct call {
	struct gio *gio;
	GMutex lock;
	GCond done;
	bool over;
	int directory, error;
	directory_key key;
};

static void complete(struct call *call)
{
	g_mutex_lock(&call->lock);
	call->over = true;
	g_cond_signal(&call->done);
	g_mutex_unlock(&call->lock);
}

static gboolean add_called(gpointer data)
{
	struct call *call = data;

	call->key = watching_add(&call->gio->watching, call->directory);
	call->error = errno;
	complete(call);
	return G_SOURCE_REMOVE;
}

static gboolean remove_called(gpointer data)
{
	struct call *call = data;
	watching_remove(&call->gio->watching, call->key);
	complete(call);
	return G_SOURCE_REMOVE;
}

/* Has the thread do it, and waits. */
static void have_done(struct call *call, GSourceFunc function)
{
	g_mutex_init(&call->lock);
	g_cond_init(&call->done);
	g_main_context_invoke(call->gio->context, function, call);
	g_mutex_lock(&call->lock);
	while (!call->over)
		g_cond_wait(&call->done, &call->lock);
	g_mutex_unlock(&call->lock);
	g_mutex_clear(&call->lock);
	g_cond_clear(&call->done);
}

static directory_key add(struct gio *gio, int directory)
{
	struct call call = { .gio = gio, .directory = directory };

	have_done(&call, add_called);
	errno = call.error;
	return call.key;
}

static void remove_watch(struct gio *gio, directory_key key)
{
	struct call call = { .gio = gio, .key = key };

	have_done(&call, remove_called);
}

static gpointer run(gpointer data)
{
	struct gio *gio = data;

	g_main_context_push_thread_default(gio->context);
	g_main_loop_run(gio->loop);
	watching_free(&gio->watching);
	g_main_context_pop_thread_default(gio->context);
	return NULL;
}

static gboolean stop(gpointer data)
{
	g_main_loop_quit(data);
	return G_SOURCE_REMOVE;
}

static void close_gio(struct gio *gio)
{
	g_main_context_invoke(gio->context, stop, gio->loop);
	g_thread_join(gio->thread);
	g_main_loop_unref(gio->loop);
	g_main_context_unref(gio->context);
	close(gio->watching.events);
	close(gio->watching.trial);
	g_free(gio);
}

static gboolean mark_written(gpointer data)
{
	struct gio *gio = data;
	const struct gio_event event = { .key = KEY_NONE };

	g_atomic_int_set(&gio->marking, 0);
	watching_tell(&gio->watching, &event);
	return G_SOURCE_REMOVE;
}

static void mark(struct gio *gio)
{
	g_autoptr(GSource) source = NULL;

	if (!g_atomic_int_compare_and_exchange(&gio->marking, 0, 1))
		return;
	source = g_timeout_source_new(KEPT);
	g_source_set_callback(source, mark_written, gio, NULL);
	g_source_attach(source, gio->context);
}

/*
 * A first monitor has GLib load its modules and start its own thread. It is told that there are no
 * mounts of gvfs, which are reached by the session's D-Bus, and looks for no home directory.
 */
static void warm_up(struct gio *gio)
{
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	directory_key key = add(gio, root);

	if (key != KEY_NONE)
		remove_watch(gio, key);
	close(root);
}

static struct gio *open_gio(int *events, uint32_t limit)
{
	struct gio *gio;
	int ends[2], trial;

	if (pipe2(ends, O_CLOEXEC | O_DIRECT) != 0)
		return NULL;
	trial = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	/* A packet takes a page of the pipe, whatever its length. */
	fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
	if (trial < 0 || fcntl(ends[0], F_SETFL, O_DIRECT | O_NONBLOCK) != 0) {
		int error = errno;

		close(ends[0]);
		close(ends[1]);
		if (trial >= 0)
			close(trial);
		errno = error;
		return NULL;
	}
	g_setenv("GIO_USE_VFS", "local", TRUE);
	g_setenv("HOME", "/", FALSE);
	gio = g_new0(struct gio, 1);
	watching_init(&gio->watching, ends[1], trial, limit);
	gio->context = g_main_context_new();
	gio->loop = g_main_loop_new(gio->context, FALSE);
	gio->thread = g_thread_new("clsync gio", run, gio);
	warm_up(gio);
	*events = ends[0];
	return gio;
}

__attribute__((visibility("default"))) const struct gio_functions clsync_gio = {
	.open = open_gio, .close = close_gio, .add = add, .remove = remove_watch, .mark = mark
};
