/** Options about what handlers see, reach and use. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { mountAt } from '../../harness/mounts.js';
import {
  needsControlGroups,
  needsMounts,
  needsNamespaces,
  needsWholeSandbox,
} from '../../harness/offers.js';
import type { Scope } from '../../harness/temporary.js';
import { writeScript } from '../stage.js';
import { RUNNING, probed } from './case.js';
import type { Case } from './case.js';
import type { Run } from './run.js';

/** Whether a namespace of the handler is the host's or its own. */
function namespace(kind: 'net' | 'ipc' | 'uts'): (run: Run) => Promise<string> {
  return async (run) =>
    (await probed(kind)(run)) === readlinkSync(`/proc/self/ns/${kind}`) ? "the host's" : 'its own';
}

/** The mount point of control groups; version 1 has a hierarchy for each controller. */
const CGROUPS = '/sys/fs/cgroup';

/**
 * The content of a file of a role's control group: of `controller` (version 1 of cgroups(7)),
 * or of the only group (version 2).
 */
function inCgroup(
  controller: string,
  file: string,
  fileOfV2: string,
  role: 'executor' | 'watcher' = 'executor',
): (run: Run) => Promise<string> {
  return async (run) => {
    await run.called(1);
    const path = cgroupOf(run, controller, role);
    const v1 = join(CGROUPS, controller, path, file);
    const found = existsSync(v1) ? v1 : join(CGROUPS, path, fileOfV2);
    return existsSync(found) ? readFileSync(found, 'utf8').trim() : 'none';
  };
}

function cgroupOf(run: Run, controller: string, role: string): string {
  const found = run.daemon.find(new RegExp(`/${role}/main\\.js`));
  if (found === undefined) throw new Error(`no ${role}`);
  const lines = readFileSync(`/proc/${found.pid}/cgroup`, 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const own =
    lines.find(([, controllers]) => controllers?.split(',').includes(controller)) ??
    lines.find(([number]) => number === '0');
  return own?.[2] ?? '/';
}

/** A handler that executes a file which it may only see by default. */
const TOOL = {
  beside: { mode: 'shell', 'handler-allow': '$base/writable:rw,$base/tools' },
  prepare: (base: string) => {
    mkdirSync(join(base, 'tools'));
    writeScript(join(base, 'tools/tool'), ':');
  },
  handler:
    "{ '$base/tools/tool' && echo executed || echo refused; } >>'$base/writable/tool' 2>/dev/null",
  effect: async (run: Run): Promise<string> => (await run.ended(), run.probe('tool')),
} as const;

export const CONFINEMENT_CASES: Readonly<Record<string, Case>> = {
  'handler-allow': {
    needs: needsNamespaces,
    value: '$base/hidden,$base/writable:rw',
    prepare: (base) => writeFileSync(join(base, 'hidden'), ''),
    effect: async (run) => (await run.ended(), run.probe('hidden')),
    expected: 'seen',
  },
  'handler-view': {
    needs: needsNamespaces,
    value: 'host',
    prepare: (base) => writeFileSync(join(base, 'hidden'), ''),
    effect: async (run) => (await run.ended(), run.probe('hidden')),
    expected: 'seen',
  },
  'handler-jit': {
    handler:
      `'${process.execPath}' -p 'new Function("return 1")()' >>'$base/writable/compiled' ` +
      '2>/dev/null',
    effect: async (run) => (await run.ended(), run.probe('compiled')),
    expected: '1',
  },
  'mirror-setid': {
    value: 'no',
    handler:
      "touch '$base/writable/own'; chmod 4755 '$base/writable/own' 2>/dev/null; " +
      "{ [ -u '$base/writable/own' ] && echo set || echo refused; } >>'$base/writable/made'",
    effect: async (run) => (await run.ended(), run.probe('made')),
    expected: 'refused',
  },
  'follow-symlinks': {
    needs: needsNamespaces,
    value: 'no',
    prepare: (base) => symlinkSync('.', join(base, 'source/link')),
    handler:
      "{ [ -e '$base/source/link/.' ] && echo followed || echo refused; } >>'$base/writable/link'",
    effect: async (run) => (await run.ended(), run.probe('link')),
    expected: 'refused',
  },
  'mirror-devices': {
    value: 'no',
    handler:
      "mknod '$base/writable/device' c 1 3 2>/dev/null; " +
      "{ [ -c '$base/writable/device' ] && echo made || echo refused; } >>'$base/writable/made'",
    effect: async (run) => (await run.ended(), run.probe('made')),
    expected: 'refused',
  },
  'handler-network': {
    needs: needsNamespaces,
    beside: { mode: 'rsyncshell' },
    effect: namespace('net'),
    expected: "the host's",
  },
  'handler-env': {
    value: 'PROBE',
    environment: { PROBE: 'known' },
    effect: async (run) => (
      await run.ended(),
      String(/^PROBE=known$/m.test(run.text('writable/environment') ?? ''))
    ),
    expected: 'true',
  },
  'detach-network': {
    needs: needsNamespaces,
    value: 'everywhere',
    effect: namespace('net'),
    expected: 'its own',
  },
  'detach-ipc': {
    needs: needsNamespaces,
    value: '0',
    effect: namespace('ipc'),
    expected: "the host's",
  },
  'detach-miscellanea': {
    needs: needsNamespaces,
    effect: namespace('uts'),
    expected: 'its own',
    isDefault: true,
  },
  'handler-pids': {
    needs: needsControlGroups,
    value: '24',
    handler:
      '{ for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do sleep 100 & done; } 2>/dev/null; ' +
      "echo all >>'$base/writable/forked'",
    effect: async (run) => (
      await run.ended(),
      run.text('writable/forked')?.trim() ?? 'could not fork so often'
    ),
    expected: 'could not fork so often',
  },
  'handler-memory': {
    needs: needsControlGroups,
    value: '64M',
    beside: RUNNING,
    effect: inCgroup('memory', 'memory.limit_in_bytes', 'memory.max'),
    expected: String(64 << 20),
  },
  'watcher-memory': {
    needs: needsControlGroups,
    value: '128M',
    beside: RUNNING,
    effect: inCgroup('memory', 'memory.limit_in_bytes', 'memory.max', 'watcher'),
    expected: String(128 << 20),
  },
  'handler-cpu': {
    needs: needsControlGroups,
    value: '0.5',
    beside: RUNNING,
    effect: async (run) =>
      (await inCgroup('cpu', 'cpu.cfs_quota_us', 'cpu.max')(run)).split(' ')[0] ?? '',
    expected: '50000',
  },
  'handler-io': {
    needs: needsControlGroups,
    value: '1M',
    beside: RUNNING,
    effect: async (run) =>
      String(
        (await inCgroup('blkio', 'blkio.throttle.read_bps_device', 'io.max')(run)).includes(
          String(1 << 20),
        ),
      ),
    expected: 'true',
  },
  'cgroup-group-name': {
    needs: needsControlGroups,
    value: 'clsync-option-test',
    beside: RUNNING,
    effect: async (run) => (
      await run.called(1),
      String(cgroupOf(run, 'pids', 'executor').includes('clsync-option-test'))
    ),
    expected: 'true',
  },
  'forbid-devices': {
    needs: needsControlGroups,
    handler: "[ -e /dev/full ] || echo none >>'$base/writable/devices'",
    effect: async (run) => (await run.ended(), run.probe('devices')),
    expected: 'none',
  },
  'check-execvp-arguments': { ...TOOL, expected: 'refused' },
  'add-permitted-hook-files': {
    ...TOOL,
    value: '$base/tools/tool',
    beside: { ...TOOL.beside, 'check-execvp-arguments': '1' },
    expected: 'executed',
  },
  'secure-splitting': { needs: needsWholeSandbox, ...TOOL, expected: 'refused' },
  chroot: {
    needs: needsMounts,
    value: '$base/jail',
    prepare: makeJail,
    handler: "[ -e /inside ] && echo jail >>'$base/writable/root'",
    effect: async (run) => (await run.ended(), run.probe('root')),
    expected: 'jail',
  },
  'pivot-root': {
    needs: needsMounts,
    value: 'auto-ro',
    beside: { chroot: '$base/jail' },
    prepare: makeJail,
    handler:
      "{ touch /made && echo written || echo read-only; } >>'$base/writable/root' 2>/dev/null",
    effect: async (run) => (await run.ended(), run.probe('root')),
    expected: 'read-only',
  },
  mountpoints: {
    needs: needsMounts,
    value: '$base/mounted/one',
    beside: { 'handler-allow': '$base/writable:rw,$base/mounted' },
    prepare: (base, scope) =>
      ['one', 'other'].forEach((name) =>
        mountAt(scope, ['-t', 'tmpfs', 'tmpfs'], join(base, 'mounted', name)),
      ),
    handler:
      "mountpoint -q '$base/mounted/one' && mountpoint -q '$base/mounted/other' && echo " +
      "both >>'$base/writable/mounts'",
    effect: async (run) => (await run.ended(), run.probe('mounts') || 'the one'),
    expected: 'the one',
  },
};

/**
 * Makes a directory that can be a root, as the manual page suggests: parts of the host are
 * bind-mounted into it.
 */
function makeJail(base: string, scope: Scope): void {
  const jail = join(base, 'jail');
  mountAt(scope, ['-o', 'bind,ro', '/usr'], join(jail, 'usr'));
  for (const name of ['bin', 'sbin', 'lib', 'lib64'])
    if (lstatSync('/' + name, { throwIfNoEntry: false })?.isSymbolicLink())
      symlinkSync('usr/' + name, join(jail, name));
  writeFileSync(join(jail, 'inside'), '');
}
