/**
 * Options about configuration, messages, files, control, and the identity and rights of handlers.
 */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
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
import { mentioning } from '../../harness/processes.js';
import type { Scope } from '../../harness/temporary.js';
import { until } from '../../harness/until.js';
import { writeScript } from '../stage.js';
import { ACCEPTED, RUNNING, callsAtEnd, comes, firstCalled, probed } from './case.js';
import type { Case } from './case.js';
import type { Run } from './run.js';

const NOT_IN_FILE = 'it is what the file is found by, or what is done instead of reading one';

/** Whether a namespace of the handler is the host's or its own. */
function namespace(kind: 'net' | 'ipc' | 'uts'): (run: Run) => Promise<string> {
  return async (run) =>
    (await probed(kind)(run)) === readlinkSync(`/proc/self/ns/${kind}`) ? "the host's" : 'its own';
}

/** A field of the watcher's /proc/PID/status. */
function watcherStatus(field: string): (run: Run) => Promise<string> {
  return async (run) => {
    await run.called(1);
    const watcher = run.daemon.find(/\/watcher\/main\.js/);
    if (watcher === undefined) throw new Error('no watcher');
    const line = readFileSync(`/proc/${watcher.pid}/status`, 'utf8')
      .split('\n')
      .find((text) => text.startsWith(field + ':'));
    return line?.split('\t')[1] ?? '';
  };
}

async function screen(run: Run): Promise<string> {
  await run.ended();
  return [run.daemon.stdout !== '' && 'stdout', run.daemon.stderr !== '' && 'stderr']
    .filter((name) => name !== false)
    .join(' ');
}

async function socketOf(run: Run): Promise<ReturnType<typeof statSync> | undefined> {
  const path = join(run.base, 'socket');
  // The socket is made before the roles are started.
  await run.called(1);
  return existsSync(path) ? statSync(path) : undefined;
}

/** The mount point of control groups; version 1 has a hierarchy for each controller. */
const CGROUPS = '/sys/fs/cgroup';

/**
 * The content of a file of the executor's control group: of `controller` (version 1 of cgroups(7)),
 * or of the only group (version 2).
 */
function inCgroup(
  controller: string,
  file: string,
  fileOfV2: string,
): (run: Run) => Promise<string> {
  return async (run) => {
    await run.called(1);
    const path = cgroupOf(run, controller);
    const v1 = join(CGROUPS, controller, path, file);
    const found = existsSync(v1) ? v1 : join(CGROUPS, path, fileOfV2);
    return existsSync(found) ? readFileSync(found, 'utf8').trim() : 'none';
  };
}

function cgroupOf(run: Run, controller: string): string {
  const executor = run.daemon.find(/\/executor\/main\.js/);
  if (executor === undefined) throw new Error('no executor');
  const lines = readFileSync(`/proc/${executor.pid}/cgroup`, 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const own =
    lines.find(([, controllers]) => controllers?.split(',').includes(controller)) ??
    lines.find(([number]) => number === '0');
  return own?.[2] ?? '/';
}

const SOCKET = { ...RUNNING, socket: '$base/socket' };

async function dumped(run: Run): Promise<void> {
  run.daemon.signal(29);
  await run.daemon.until('a dump', () => run.names('dump').includes('instance'));
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

export const DAEMON_CASES: Readonly<Record<string, Case>> = {
  background: {
    beside: RUNNING,
    effect: async (run) => {
      const ended = await comes(run, () => run.daemon.exit !== undefined);
      // The command itself may have ended long before.
      await until('a call', () => run.calls().length > 0);
      const before = run.calls().length;
      run.write('afterwards');
      await until('another call', () => run.calls().length > before);
      for (const { pid, command } of mentioning(run.base))
        if (/master\/main\.js/.test(command)) process.kill(pid, 'SIGTERM');
      await until('the end', () => mentioning(run.base).length === 0);
      return ended && run.daemon.exit?.code === 0 ? 'in the background' : 'in the foreground';
    },
    expected: 'in the background',
  },
  help: {
    effect: async (run) =>
      `${await run.ended()} ${/--watch-dir/.test(run.daemon.stdout + run.daemon.stderr)}`,
    expected: '0 true',
    without: { config: NOT_IN_FILE },
  },
  version: {
    effect: async (run) =>
      `${await run.ended()} ${/\d+\.\d+/.test(run.daemon.stdout + run.daemon.stderr)} ` +
      run.calls().length,
    expected: '0 true 0',
    without: { config: NOT_IN_FILE },
  },
  'config-file': {
    value: '$base/mine',
    prepare: (base) => writeFileSync(join(base, 'mine'), '[default]\nlabel = from the file\n'),
    words: ['%label%'],
    effect: callsAtEnd,
    expected: 'from the file',
    without: { config: NOT_IN_FILE },
  },
  'config-block': {
    value: 'other',
    blocks: '[other]\nlabel = from the block',
    words: ['%label%'],
    effect: callsAtEnd,
    expected: 'from the block',
    without: { config: NOT_IN_FILE },
  },
  'config-block-inherits': {
    value: 'other',
    blocks: '[other]\nlabel = inherited',
    words: ['%label%'],
    effect: callsAtEnd,
    expected: 'inherited',
  },
  'custom-signals': {
    value: '28:lazy',
    beside: { ...RUNNING, 'threshold-bigfile': '10', 'dump-dir': '$base/dump' },
    blocks: '[lazy]\ndelay-collect = 100',
    effect: async (run) => {
      await run.called(1);
      run.daemon.signal(28);
      // The kernel delivers the pending signal with the lower number first.
      await dumped(run);
      const words = await firstCalled(run, ['b', 'a'], () => {
        run.write('b', 'small');
        run.append('a', 'longer than before');
      });
      return words.includes('b') ? 'soon' : 'later';
    },
    expected: 'later',
  },
  'check-config': {
    effect: async (run) => `${await run.ended()} after ${run.calls().length}`,
    expected: '0 after 0',
  },
  'explain-sandbox': {
    value: 'json',
    effect: async (run) =>
      `${await run.ended()} ` +
      `${Object.keys(JSON.parse(run.daemon.stdout)).slice(0, 4).join(' ')} ` +
      run.calls().length,
    expected: '0 master watcher executor handlers 0',
  },
  compat: { effect: probed('uid'), expected: '0' },
  'handler-capabilities': {
    value: 'none',
    effect: probed('capabilities'),
    expected: '0000000000000000',
  },
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
    value: '12',
    handler:
      '{ for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do sleep 1 & done; } 2>/dev/null; ' +
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
      String(cgroupOf(run, 'pids').includes('clsync-option-test'))
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
  uid: { value: '12345', effect: probed('uid'), expected: '12345' },
  gid: { value: '12345', effect: probed('gid'), expected: '12345' },
  'sync-handler-uid': { value: '12345', effect: probed('uid'), expected: '12345' },
  'sync-handler-gid': { value: '12345', effect: probed('gid'), expected: '12345' },
  'privileged-uid': {
    value: '12345',
    beside: RUNNING,
    effect: watcherStatus('Uid'),
    expected: '12345',
  },
  'privileged-gid': {
    value: '12345',
    beside: RUNNING,
    effect: watcherStatus('Gid'),
    expected: '12345',
  },
  'preserve-capabilities': {
    value: 'CAP_SETUID',
    beside: RUNNING,
    effect: watcherStatus('CapEff'),
    expected: '0000000000000000',
  },
  'inherit-capabilities': {
    value: 'empty',
    effect: probed('capabilities'),
    expected: '0000000000000000',
  },
  'pid-file': {
    value: '$base/pid',
    beside: RUNNING,
    effect: async (run) => (
      await run.called(1),
      String(run.text('pid') === String(run.daemon.pid))
    ),
    expected: 'true',
  },
  'status-file': {
    value: '$base/status',
    beside: RUNNING,
    effect: async (run) => {
      await run.called(1);
      if (run.text('status') === undefined) return 'none';
      await run.daemon.until('the status', () => run.text('status') === 'running');
      return 'running';
    },
    expected: 'running',
  },
  'dump-dir': {
    value: '$base/dump',
    beside: RUNNING,
    effect: async (run) => {
      await run.called(1);
      run.daemon.signal(29);
      return String(await comes(run, () => run.names('dump').includes('instance')));
    },
    expected: 'true',
  },
  output: { value: 'stdout', effect: screen, expected: 'stdout' },
  debug: {
    value: '3',
    effect: async (run) => (await run.ended(), String(/debug/.test(run.daemon.stderr))),
    expected: 'true',
  },
  verbose: ACCEPTED,
  quiet: { effect: screen, expected: '' },
  socket: {
    value: '$base/socket',
    beside: RUNNING,
    effect: async (run) => String((await socketOf(run))?.isSocket()),
    expected: 'true',
  },
  'socket-own': {
    value: '12345',
    beside: SOCKET,
    effect: async (run) => String((await socketOf(run))?.uid),
    expected: '12345',
  },
  'socket-mod': {
    value: '666',
    beside: SOCKET,
    effect: async (run) => (Number((await socketOf(run))?.mode) & 0o777).toString(8),
    expected: '666',
  },
  splitting: {
    // In the C program this value means a single process.
    value: 'off',
    beside: RUNNING,
    effect: async (run) => {
      await run.called(1);
      return ['watcher', 'executor']
        .filter((role) => run.daemon.find(new RegExp(`/${role}/main\\.js`)) !== undefined)
        .join(' ');
    },
    expected: 'watcher executor',
    isDefault: true,
  },
  'seccomp-filter': {
    beside: RUNNING,
    effect: watcherStatus('Seccomp'),
    // SECCOMP_MODE_FILTER
    expected: '2',
    isDefault: true,
  },
  'permit-mprotect': ACCEPTED,
  'shm-mprotect': ACCEPTED,
  'forget-privthread-info': ACCEPTED,
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
