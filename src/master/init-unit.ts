/** The unit that `clsync init` enables: a daemon for a block of the system's configuration. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { display } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { ClsyncError } from '../shared/errors.js';

/** Where it is there, systemd is the service manager. */
const SYSTEMD = '/run/systemd/system';
/** As systemd looks for units: the first one counts. */
const PLACES = ['/etc', '/run', '/usr/local/lib', '/usr/lib', '/lib'] as const;
/** Debian's package of the C program has a unit of the same name. */
const OURS = '--config-block=%i --background=0';
/** What the unit keeps read-only, and what it has apart from the host. */
const READ_ONLY = ['/home', '/root', '/usr', '/boot', '/efi', '/etc'] as const;
const PRIVATE = ['/tmp', '/var/tmp'] as const;

/** Whether a service of ours can be enabled here. */
export function hasUnit(): boolean {
  if (!existsSync(SYSTEMD)) return false;
  const files = PLACES.map((place) => `${place}/systemd/system/clsync@.service`);
  const first = files.find((file) => existsSync(file));
  return first !== undefined && readFileSync(first, 'utf8').includes(OURS);
}

/** Throws ClsyncError. */
export function enable(block: BytePath): void {
  const unit = `clsync@${display(block)}`;
  const { status, stderr, error } = spawnSync('systemctl', ['--quiet', 'enable', unit], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin' },
  });
  if (status !== 0)
    throw new ClsyncError('CANNOT_ENABLE', unit, error?.message ?? stderr.trim() ?? '');
}

/** Lines of a drop-in without which the unit could not do this. */
export function dropIn(paths: { readonly source: BytePath; readonly local?: BytePath }): string[] {
  const { source, local } = paths;
  const within = (path: BytePath | undefined, places: readonly string[]): boolean =>
    places.some((place) => `${path ?? ''}/`.startsWith(`${place}/`));
  return [
    ...(within(source, PRIVATE) || within(local, PRIVATE) ? ['PrivateTmp=no'] : []),
    ...(local !== undefined && within(local, READ_ONLY)
      ? [`ReadWritePaths=${display(local)}`]
      : []),
  ];
}
