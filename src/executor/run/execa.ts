/**
 * Starts the launcher of a user's program with execa. A separate bundle (scripts/bundle) that
 * load-execa.ts loads: this takes tens of milliseconds where JavaScript is interpreted.
 */
import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { execa } from 'execa';
import type { Options } from 'execa';
import { LAUNCHER_OPTIONS } from '../../shared/launcher.js';
import type { Ending } from './ending.js';
import { LAST_RESORT, exitOf, notStarted } from './started.js';
import type { Start } from './started.js';

/** Node publishes every ChildProcess here before it starts it. */
const CREATED = 'child_process';

/**
 * Turns off what execa does with streams, exit codes and our own exit: the launcher does it, or
 * runner.ts for all processes that the program has started.
 */
const OPTIONS = {
  ...LAUNCHER_OPTIONS,
  extendEnv: false,
  buffer: false,
  reject: false,
  cleanup: false,
  forceKillAfterDelay: LAST_RESORT,
} as const;

export const startByExeca: Start = (file, descriptor, stdio) => {
  // execa's types allow descriptors up to 9, its code allows any.
  const options = { ...OPTIONS, stdio: stdio as Options['stdio'] };
  const { made, result } = childOf(() => execa(file, [String(descriptor)], options));
  const refused = new Promise<Ending>((resolve) => {
    void result?.then(({ code, originalMessage }) => {
      if (made.pid === undefined) resolve(notStarted(code, originalMessage ?? ''));
    });
  });
  const exited = Promise.race([exitOf(made), refused]);
  return {
    child: made,
    exited,
    end() {
      made.kill('SIGTERM'); // execa's `kill`, which sends SIGKILL after `LAST_RESORT`
      return exited;
    },
  };
};

/**
 * The process that `start` creates. When no descriptors are left, Node creates one without streams
 * and emits its error in the next turn; execa expects streams and throws a TypeError, so the
 * process is taken from Node's diagnostics channel.
 */
function childOf<T>(start: () => T): { readonly made: ChildProcess; readonly result?: T } {
  let made: ChildProcess | undefined;
  const note = (message: unknown): void => {
    made = (message as { readonly process: ChildProcess }).process;
  };
  subscribe(CREATED, note);
  try {
    const result = start();
    if (made === undefined) throw new Error('Node has made no process');
    return { made, result };
  } catch (error) {
    if (made === undefined || !(error instanceof TypeError)) throw error;
    return { made };
  } finally {
    unsubscribe(CREATED, note);
  }
}
