/** FUSE file systems of an ordinary user, whose owner answers nothing. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FILES } from '../../src/shared/layout.js';
import { needsMounts } from './offers.js';
import { atEnd, temporaryDirectory } from './temporary.js';
import type { Scope } from './temporary.js';
import { PATIENCE } from './until.js';

const SERVER = fileURLToPath(new URL('fuse-server.js', import.meta.url));

/** A uid that owns nothing. */
export const STRANGER = 65533;

/** For `{ skip }`. */
export const needsFuse: string | false =
  needsMounts() || (existsSync('/dev/fuse') ? false : 'needs FUSE');

/** Milliseconds between two looks, and how many: a test may prepare it where it cannot wait. */
const PAUSE = 20;
const TRIES = PATIENCE / PAUSE;

export interface FuseMount {
  /** Whoever waits for an answer gets ENOTCONN, and everything later too. */
  end(): void;
  unmount(): void;
}

/**
 * Mounts one at `point`, which is created. Others than `uid` get EACCES there, root included, as
 * the kernel has it; with the option `allow_other` their calls hang, and no signal ends them.
 */
export function mountFuse(scope: Scope, point: string, options = '', uid = STRANGER): FuseMount {
  mkdirSync(point, { recursive: true });
  const server = spawn(process.execPath, [SERVER, point, String(uid), options], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let mounted = true;
  const unmount = (): void => {
    if (mounted) execFileSync('umount', ['--lazy', '-i', point]);
    mounted = false;
  };
  const end = (): void => void server.kill('SIGKILL');
  waitForMount(point);
  atEnd(scope, () => {
    end();
    unmount();
  });
  return { end, unmount };
}

/** For `{ skip }`. */
export const needsBindfs: string | false =
  spawnSync('bindfs', ['--version']).error === undefined ? false : 'needs bindfs';

/**
 * Shows `directory` at `point`, which is created, until it is disposed of; nothing tells of changes
 * made in `directory`.
 */
export function bindElsewhere(directory: string, point: string): Disposable {
  mkdirSync(point, { recursive: true });
  execFileSync('bindfs', ['-o', 'attr_timeout=0,entry_timeout=0', directory, point]);
  return { [Symbol.dispose]: () => void execFileSync('umount', ['--lazy', point]) };
}

export interface Stoppable {
  /** From now on it answers nothing: who waits can still be killed. */
  stop(): void;
  go(): void;
  end(): void;
}

export interface Failing {
  /** From now on reads and writes of file content get EIO. */
  begin(): void;
  end(): void;
}

/** Shows `directory` at `point`, until the end of the scope, as if it lay on a disk that breaks. */
export function bindFailing(scope: Scope, directory: string, point: string): Failing {
  const base = temporaryDirectory(scope);
  const [library, flag] = [`${base}/failing-io.so`, `${base}/fails`];
  const source = join(FILES.root, 'test/harness/failing-io.c');
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl']);
  mkdirSync(point, { recursive: true });
  const options = 'attr_timeout=0,entry_timeout=0,default_permissions,allow_other';
  const server = spawn('bindfs', ['-f', '-o', options, directory, point], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, LD_PRELOAD: library, FAILING_IO: flag },
  });
  waitForMount(point);
  atEnd(scope, () => {
    server.kill('SIGKILL');
    execFileSync('umount', ['--lazy', '-i', point]);
  });
  return { begin: () => writeFileSync(flag, ''), end: () => rmSync(flag) };
}

/** Like `bindElsewhere`, but its server can be stopped. */
export function bindStoppable(scope: Scope, directory: string, point: string): Stoppable {
  mkdirSync(point, { recursive: true });
  const server = spawn('bindfs', ['-f', '-o', 'attr_timeout=0,entry_timeout=0', directory, point], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  waitForMount(point);
  const end = (): void => void server.kill('SIGKILL');
  atEnd(scope, () => {
    end();
    execFileSync('umount', ['--lazy', '-i', point]);
  });
  return {
    stop: () => void server.kill('SIGSTOP'),
    go: () => void server.kill('SIGCONT'),
    end,
  };
}

function waitForMount(point: string): void {
  const isMounted = (): boolean =>
    readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${point} `);
  for (let tries = 0; !isMounted(); tries++) {
    if (tries > TRIES) throw new Error('no FUSE file system');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
  }
}
