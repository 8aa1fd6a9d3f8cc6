/**
 * The launcher of a program of the user, started by execa. A bundle of its own (scripts/bundle),
 * loaded by load-execa.ts: that takes tens of milliseconds where JavaScript is interpreted.
 */
import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { execa } from 'execa';
import type { Options } from 'execa';
import { LAUNCHER_OPTIONS } from '../../shared/launcher.js';
import type { Ending } from './ending.js';
import { GRACE, exitOf, notStarted } from './started.js';
import type { Start } from './started.js';

/** Node publishes every ChildProcess here before it starts it. */
const CREATED = 'child_process';

/**
 * What execa would do with streams, exit codes and our own end is done by the launcher, or for all
 * that the program has started (runner.ts).
 */
const OPTIONS = {
  ...LAUNCHER_OPTIONS,
  extendEnv: false,
  buffer: false,
  reject: false,
  cleanup: false,
  forceKillAfterDelay: GRACE,
} as const;

export const startByExeca: Start = (file, descriptor, stdio) => {
  // Its types know descriptors up to 9, its code takes any.
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
      made.kill('SIGTERM'); // execa's, which has SIGKILL follow
      return exited;
    },
  };
};

/**
 * The process that `start` makes. Out of descriptors Node makes one without streams, and tells of
 * it in its next turn; execa, which expects streams, throws a TypeError instead of handing it over.
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
