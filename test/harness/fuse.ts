/** FUSE file systems of an ordinary user, whose owner answers nothing. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { needsMounts } from './offers.js';
import { atEnd } from './temporary.js';
import type { Scope } from './temporary.js';

const SERVER = fileURLToPath(new URL('fuse-server.js', import.meta.url));

/** A uid that owns nothing. */
export const STRANGER = 65533;

/** For `{ skip }`. */
export const needsFuse: string | false =
  needsMounts() || (existsSync('/dev/fuse') ? false : 'needs FUSE');

export interface FuseMount {
  /** Whoever waits for an answer gets ENOTCONN, and everything later too. */
  end(): void;
  unmount(): void;
}

/**
 * Mounts one at `point`, which is created. Others than `uid` get EACCES there, root included, as
 * the kernel has it; with the option `allow_other` their calls hang, and no signal ends them.
 */
export async function mountFuse(
  scope: Scope,
  point: string,
  options = '',
  uid = STRANGER,
): Promise<FuseMount> {
  mkdirSync(point, { recursive: true });
  const server = spawn(process.execPath, [SERVER, point, String(uid), options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let mounted = true;
  const unmount = (): void => {
    if (mounted) execFileSync('umount', ['--lazy', '-i', point]);
    mounted = false;
  };
  const end = (): void => void server.kill('SIGKILL');
  atEnd(scope, () => {
    end();
    unmount();
  });
  await new Promise<void>((resolve, reject) => {
    server.stdout.once('data', () => resolve());
    server.once('exit', (code) => reject(new Error(`no FUSE file system: ${code}`)));
  });
  return { end, unmount };
}
