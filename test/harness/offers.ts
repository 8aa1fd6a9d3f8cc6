/**
 * Finds out which features the machine or container has. Results are for `{ skip }`: false, or the
 * reason why the feature is missing.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { FILES } from '../../src/shared/layout.js';
import { MONITORS } from '../../src/shared/monitors.js';
import type { MonitorName } from '../../src/shared/monitors.js';
import { commandOf } from './programs.js';
import { needsRoot } from './user.js';
import { PATIENCE } from './until.js';

type Skip = string | false;

/** Warnings of a daemon about mechanisms that the machine or container lacks. */
export const LACKING = /^(?:\S+ clsync )?warning: no .*\n/gm;

function works(...command: readonly string[]): boolean {
  const [program, ...words] = command as [string, ...string[]];
  return spawnSync(program, words, { stdio: 'ignore', timeout: PATIENCE }).status === 0;
}

/** The namespaces that the roles use; needs root. */
export function needsNamespaces(): Skip {
  return (
    needsRoot ||
    (works(
      'unshare',
      '--mount',
      '--pid',
      '--fork',
      '--ipc',
      '--net',
      '--uts',
      'mount',
      '--bind',
      '/usr',
      '/usr',
    )
      ? false
      : 'no namespaces here')
  );
}

/** Bind mounts in a private mount namespace; needs root. */
export function needsMounts(): Skip {
  return (
    needsRoot ||
    (works('unshare', '--mount', '--propagation', 'private', 'mount', '--bind', '/usr', '/usr')
      ? false
      : 'nothing can be mounted here')
  );
}

/** A monitor that is built where its library is. */
export function needsMonitor(name: MonitorName): Skip {
  const { library } = MONITORS[name];
  return library === undefined || existsSync(FILES.libraries + library.file)
    ? false
    : `clsync was built without ${library.package}`;
}

export function needsUserNamespaces(): Skip {
  return works('unshare', '-rm', 'true') ? false : 'no user namespaces here';
}

export function needsControlGroups(): Skip {
  return existsSync('/sys/fs/cgroup/pids') || existsSync('/sys/fs/cgroup/cgroup.kill')
    ? false
    : 'no control groups to divide here';
}

export function needsTerminal(): Skip {
  return works('script', '-qec', 'true', '/dev/null')
    ? false
    : 'script (bsdutils) cannot make a terminal here';
}

/** Every mechanism that confines the roles; needs root. */
export function needsWholeSandbox(): Skip {
  if (needsRoot !== false) return needsRoot;
  const [program, ...words] = commandOf('clsync') as [string, ...string[]];
  const asked = [
    '-H/NULL/',
    '-Mrsyncdirect',
    '-W/usr/share',
    '-D/var/tmp',
    '--secure-splitting',
    '--explain-sandbox=json',
  ];
  const { status, stderr } = spawnSync(program, [...words, ...asked], {
    encoding: 'utf8',
    timeout: PATIENCE,
    cwd: '/',
  });
  return status === 0
    ? needsControlGroups()
    : stderr.trim().replace(/^.*--secure-splitting: /s, '');
}
