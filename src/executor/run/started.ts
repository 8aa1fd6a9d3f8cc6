/**
 * Starts the launcher: here by Node alone, for rsync with arguments of our choice and for programs
 * that the first sync waits for. Programs of the user are started by execa (execa.ts).
 *
 * There are these two ways because execa takes some 30 ms to load where JavaScript is interpreted,
 * and the first sync must not wait for it: the first call of a handler is started by Node, also
 * where it is the only one. Both make the same child; execa's part is the error of a program that
 * could not be started.
 */
import { constants } from 'node:os';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { spawnLauncher } from '../../shared/launcher.js';
import type { Ending } from './ending.js';

/**
 * Milliseconds between TERM and KILL for the keeper of a call, which by then has ended the call
 * unless the kernel keeps it from that.
 */
export const LAST_RESORT = 1500;

export interface Started {
  readonly child: ChildProcess;
  /**
   * How it ended, or why it could not be started. Never rejects; does not wait for the end of the
   * streams.
   */
  readonly exited: Promise<Ending>;
  /** Sends TERM, KILL after `LAST_RESORT`; resolves when it has ended. */
  end(): Promise<unknown>;
}

/** What the descriptors of a program are, as `Descriptor`. */
export type Streams = readonly [Stream | number, Stream, Stream | number, ...'pipe'[]];
type Stream = 'pipe' | 'inherit';

/** The parameters are those of `spawnLauncher`. */
export type Start = (file: string, descriptor: number, stdio: Streams) => Started;

export const startByNode: Start = (file, descriptor, stdio) => {
  const child = spawnLauncher(file, descriptor, stdio);
  const exited = exitOf(child);
  return {
    child,
    exited,
    async end() {
      child.kill('SIGTERM');
      await Promise.race([exited, delay(LAST_RESORT)]);
      child.kill('SIGKILL');
      return exited;
    },
  };
};

export function exitOf(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(endingOf(code, signal)));
    child.on('error', ({ code, message }: NodeJS.ErrnoException) => {
      // For a child that was started, the event means that a signal could not be sent.
      if (child.pid === undefined) resolve(notStarted(code, message));
    });
  });
}

function endingOf(code: number | null, signal: NodeJS.Signals | null): Ending {
  return signal === null ? { kind: 'exited', code: code ?? 0 } : { kind: 'killed', signal };
}

/** @param code name of an error, as in errno(3) */
export function notStarted(code: string | undefined, words: string): Ending {
  const numbers: Readonly<Record<string, number>> = constants.errno;
  return { kind: 'notStarted', errno: numbers[code ?? ''] ?? constants.errno.EIO, words };
}
