/**
 * A container of systemd-nspawn with a systemd of its own: the programs of this machine's /usr, an
 * empty /etc and /var, and nothing of it left afterwards.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Daemon } from './daemon.js';
import { needsNamespaces } from './offers.js';
import { atEnd } from './temporary.js';
import type { Scope } from './temporary.js';
import { PATIENCE, until } from './until.js';

const SYSTEMD = '/usr/lib/systemd/systemd';
/** Where the manager may make groups: version 1's hierarchy of systemd, and version 2. */
const HIERARCHIES = ['/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified', '/sys/fs/cgroup'];

const LANDLOCK = 'landlock_create_ruleset landlock_add_rule landlock_restrict_self';

/** For `{ skip }`. */
export function needsContainer(): string | false {
  const lacking = needsNamespaces();
  if (lacking !== false) return lacking;
  if (!existsSync(SYSTEMD)) return 'systemd is not installed';
  if (spawnSync('systemd-nspawn', ['--version']).status !== 0)
    return 'systemd-nspawn (systemd-container) is not installed';
  if (!process.execPath.startsWith('/usr/')) return 'Node is not in /usr, which the container has';
  return hierarchies().length === 0 ? 'no control groups for systemd here' : false;
}

function hierarchies(): string[] {
  return HIERARCHIES.filter((path) => existsSync(path + '/cgroup.procs'));
}

export interface ContainerSettings {
  /** Options of systemd-nspawn, for what it binds. */
  readonly options: readonly string[];
}

export class Container {
  private readonly daemon: Daemon;

  constructor(scope: Scope, { options }: ContainerSettings) {
    const name = `clsync-test-${process.pid}`;
    const groups = hierarchies().map((path) => join(path, name));
    for (const group of groups) mkdirSync(group);
    atEnd(scope, () => until('the end of its groups', () => groups.every(isRemoved)));
    // It would leave directories in /run.
    const enter = groups.map((group) => `echo $$ >${group}/cgroup.procs`).join(' && ');
    const script = `${enter} && mount -t tmpfs none /run && exec "$@"`;
    this.daemon = new Daemon(
      scope,
      [
        ...['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, 'sh'],
        ...['systemd-nspawn', '--quiet', '--volatile=yes', '--directory=/', '--boot'],
        // As under a systemd of the host.
        `--system-call-filter=${LANDLOCK}`,
        ...['--register=no', '--keep-unit', '--private-network', '--console=pipe'],
        ...[`--machine=${name}`, ...options, 'systemd.unit=basic.target'],
        // There is no network to wait for.
        ...['systemd-networkd', 'systemd-networkd-wait-online'].map(
          (unit) => `systemd.mask=${unit}.service`,
        ),
      ],
      { cwd: '/' },
    );
  }

  /** Resolves when its systemd has started what it starts. */
  async booted(): Promise<void> {
    await this.daemon.until('a running systemd', () =>
      /^(running|degraded)$/.test(this.run('systemctl', 'is-system-running').output),
    );
  }

  /** Runs a command in it. */
  run(...command: readonly string[]): { status: number | null; output: string } {
    const init = this.daemon.processes().find(({ command: one }) => one.startsWith(SYSTEMD));
    if (init === undefined) return { status: null, output: 'not there yet' };
    const { status, stdout, stderr } = spawnSync(
      'nsenter',
      ['--target', String(init.pid), '--all', '--', ...command],
      { encoding: 'utf8', timeout: PATIENCE, cwd: '/' },
    );
    return { status, output: (stdout + stderr).trim() };
  }
}

/** Removes a group with those in it, as far as they are empty. */
function isRemoved(group: string): boolean {
  if (!existsSync(group)) return true;
  try {
    for (const name of readdirSync(group))
      if (statSync(join(group, name)).isDirectory()) isRemoved(join(group, name));
    rmdirSync(group);
    return true;
  } catch {
    return false;
  }
}
