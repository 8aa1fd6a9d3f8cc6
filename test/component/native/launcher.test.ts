/**
 * Each step of the launcher: its effect as /proc shows it, and its name and status when it fails.
 */
import assert from 'node:assert/strict';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { constants } from 'node:os';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fromBuffer, fromText } from '../../../src/shared/bytes.js';
import type { BytePath } from '../../../src/shared/bytes.js';
import { FILES } from '../../../src/shared/layout.js';
import {
  encodeExecution,
  encodePreparation,
  encodeSpecification,
  STEP,
} from '../../../src/shared/specification-wire.js';
import type { StepName } from '../../../src/shared/specification-wire.js';
import type { MountRow, Specification, View } from '../../../src/shared/specification.js';
import { until } from '../../harness/until.js';
import { needsMounts, needsNamespaces } from '../../harness/offers.js';
import { launch, launchBytes, specificationOf } from './launcher-harness.js';

const root = process.getuid?.() === 0;
const asRoot = { skip: root ? false : 'needs root' };
const CHOWN = 1n << 0n;
const NONE = { permitted: 0n, effective: 0n, inheritable: 0n, ambient: 0n };

async function statusOf(changes: Partial<Specification>): Promise<Map<string, string>> {
  const launched = launch(specificationOf(['/proc/self/status'], changes));
  assert.equal(await launched.started, undefined);
  const { output } = await launched.ended;
  return new Map(
    output.split('\n').map((line) => line.replaceAll('\t', ' ').split(': ', 2) as [string, string]),
  );
}

async function failureOf(
  changes: Partial<Specification>,
  step: StepName,
  errno: number,
): Promise<void> {
  const launched = launch(specificationOf(['/dev/null'], changes));
  const failure = await launched.started;
  assert.equal(failure?.step, step);
  assert.equal(failure?.errno, errno);
  assert.equal(failure?.status, 200 + STEP[step]);
  assert.equal((await launched.ended).code, failure?.status);
}

const MARK = { descriptor: 40, flags: 0x1e10, mask: 0x100n, directory: fromText('/tmp') };

test('a mark for a file system, or why there is none, is a descriptor', asRoot, async () => {
  const kindOf = async (changes: Partial<Specification>): Promise<string> => {
    const launched = launch(
      specificationOf([], {
        program: fromText('/bin/readlink'),
        arguments: ['readlink', `/proc/self/fd/${MARK.descriptor}`].map(fromText),
        ...changes,
      }),
    );
    assert.equal(await launched.started, undefined);
    return (await launched.ended).output;
  };
  const mark = needsMounts() === false ? 'fanotify' : 'eventfd';
  assert.equal(await kindOf({ events: MARK }), `anon_inode:[${mark}]\n`);
  const none = { ...MARK, directory: fromText('/nothing') };
  assert.equal(await kindOf({ events: none }), 'anon_inode:[eventfd]\n');
});

test('parts: what comes before the program is done while the launcher waits for it', async () => {
  const specification = specificationOf(['/proc/self/status'], {
    directory: fromText('/usr'),
    umask: 0o27,
  });
  const launched = launchBytes(encodePreparation(specification));
  const { pid = 0, stdio } = launched.child;
  await until('its directory', () => readlinkSync(`/proc/${pid}/cwd`) === '/usr');
  (stdio[3] as Duplex).write(encodeExecution(specification));
  assert.equal(await launched.started, undefined);
  assert.match((await launched.ended).output, /^Umask:\t0027$/m);
});

test('parts: none repeats a step, and without a program nothing is executed', async () => {
  const preparation = encodePreparation(specificationOf([]));
  for (const bytes of [Buffer.concat([preparation, preparation]), preparation]) {
    const launched = launchBytes(bytes);
    (launched.child.stdio[3] as Duplex).end();
    const failure = await launched.started;
    assert.equal(failure?.step, 'specification');
    assert.equal((await launched.ended).code, failure?.status);
  }
});

test('descriptors: only the ones named reach the program', async () => {
  const files = [1, 2, 3, 4].map(() => openSync('/dev/null', 'r'));
  try {
    const words = ['ls', '/proc/self/fd'].map(fromText);
    const listing = { program: fromText('/bin/ls'), arguments: words };
    const launched = launch(specificationOf([], { ...listing, descriptors: [0, 1, 2, 4, 6] }), {
      extra: files,
    });
    assert.equal(await launched.started, undefined);
    // ls opens 3 itself, to list the directory.
    assert.deepEqual((await launched.ended).output.trim().split('\n'), [
      '0',
      '1',
      '2',
      '3',
      '4',
      '6',
    ]);
  } finally {
    files.forEach((fd) => closeSync(fd));
  }
});

test('descriptors: one that is not open fails the step', () =>
  failureOf({ descriptors: [0, 1, 2, 77] }, 'descriptors', constants.errno.EBADF));

test("descriptors: those above the launcher's own are kept too, with none below it", async () => {
  const file = openSync('/dev/null', 'r');
  const child = spawn(FILES.launcher, ['3'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', file],
    env: {},
  });
  closeSync(file);
  const words = ['test', '-e', '/proc/self/fd/4'].map(fromText);
  (child.stdio[3] as Duplex).end(
    encodeSpecification(
      specificationOf([], {
        descriptors: [4],
        program: fromText('/usr/bin/test'),
        arguments: words,
      }),
    ),
  );
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('session: the program leads a session of its own', async () => {
  const status = await statusOf({ session: true });
  assert.equal(status.get('NSsid'), status.get('Pid'));
});

test('environment and arguments are exactly the bytes given', async () => {
  const odd = fromBuffer(Buffer.from([0x2d, 0xff, 0x0a, 0x80]));
  const environment = [fromText('ONLY=this'), fromBuffer(Buffer.from('ODD=\xfe', 'latin1'))];
  const cat = await launch(specificationOf(['/proc/self/environ'], { environment }), {
    environment: { NODE_OPTIONS: 'x', LD_X: 'y' },
  }).ended;
  assert.equal(cat.output, 'ONLY=this\0ODD=\xfe\0');
  const echo = {
    program: fromText('/bin/printf'),
    arguments: [fromText('printf'), fromText('%s'), odd],
  };
  assert.equal((await launch(specificationOf([], echo)).ended).output, odd);
});

test('working directory, umask and limits', async () => {
  const status = await statusOf({ umask: 0o27, directory: fromText('/usr') });
  assert.equal(status.get('Umask'), '0027');
  const pwd = {
    program: fromText('/bin/pwd'),
    arguments: [fromText('pwd')],
    directory: fromText('/usr'),
  };
  assert.equal((await launch(specificationOf([], pwd)).ended).output, '/usr\n');
  const limits = [{ resource: 7, soft: 100n, hard: 200n }];
  assert.match(
    (await launch(specificationOf(['/proc/self/limits'], { limits })).ended).output,
    /Max open files\s+100\s+200/,
  );
});

test('limits: a soft one above the hard one fails the step', async () => {
  await failureOf(
    { limits: [{ resource: 7, soft: 2n, hard: 1n }] },
    'limits',
    constants.errno.EINVAL,
  );
});

test('working directory that is absent fails the step', () =>
  failureOf({ directory: fromText('/proc/absent') }, 'directory', constants.errno.ENOENT));

test('identity: ids and groups, exactly', asRoot, async () => {
  const status = await statusOf({
    identity: { uid: 61200, gid: 61201, groups: [9, 5] },
    capabilities: NONE,
  });
  assert.equal(status.get('Uid'), '61200 61200 61200 61200');
  assert.equal(status.get('Gid'), '61201 61201 61201 61201');
  assert.equal(status.get('Groups')?.trim(), '5 9');
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb'])
    assert.match(status.get(set) ?? '', /^0+$/);
});

test(
  'capabilities: ambient ones survive the exec of an unprivileged uid, and nothing else does',
  asRoot,
  async () => {
    const sets = { permitted: CHOWN, effective: CHOWN, inheritable: CHOWN, ambient: CHOWN };
    const status = await statusOf({
      bounding: CHOWN,
      identity: { uid: 61200, gid: 61200, groups: [] },
      capabilities: sets,
    });
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
      assert.equal(status.get(set), '0000000000000001', set);
  },
);

test('capabilities: uid 0 does not regain the ones it gave up', asRoot, async () => {
  const sets = { permitted: CHOWN, effective: CHOWN, inheritable: CHOWN, ambient: CHOWN };
  const status = await statusOf({
    bounding: CHOWN,
    identity: { uid: 0, gid: 0, groups: [] },
    capabilities: sets,
  });
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
    assert.equal(status.get(set), '0000000000000001', set);
});

test('capabilities: more than the process has fails the step', () =>
  failureOf(
    { capabilities: { permitted: 1n << 63n, effective: 0n, inheritable: 0n, ambient: 1n << 63n } },
    'capabilities',
    constants.errno.EPERM,
  ));

test('identity: not allowed without privilege', asRoot, async () => {
  // A launcher without any privilege runs a second one, which inherits its specification as
  // descriptor 3.
  const directory = mkdtempSync('/tmp/clsync-launcher-');
  const file = directory + '/specification';
  const inner = specificationOf(['/dev/null'], {
    identity: { uid: 61201, gid: 61201, groups: [] },
  });
  writeFileSync(file, encodeSpecification(inner));
  const fd = openSync(file, 'r');
  try {
    const words = [FILES.launcher, '3'].map(fromText);
    const outer = {
      program: fromText(FILES.launcher),
      arguments: words,
      descriptors: [0, 1, 2, 3],
    };
    const launched = launch(specificationOf([], { ...outer, bounding: 0n, capabilities: NONE }), {
      extra: [fd],
    });
    assert.equal((await launched.ended).code, 200 + STEP.identity);
  } finally {
    closeSync(fd);
    rmSync(directory, { recursive: true });
  }
});

test(
  'mounts: no mount point is made in a directory of the host, writable or not',
  { skip: needsNamespaces() },
  async () => {
    const host = mkdtempSync('/var/tmp/clsync-launcher-');
    try {
      writeFileSync(host + '/file', 'as it was');
      const writable: MountRow = {
        kind: 'bind',
        source: fromText(host),
        target: fromText(host),
        set: ['noSetuid'],
      };
      const inside = (name: string): BytePath => fromText(`${host}/${name}`);
      const rows: readonly MountRow[] = [
        { kind: 'file', target: inside('file'), mode: 0o644, content: Buffer.from('changed') },
        { kind: 'file', target: inside('new'), mode: 0o644, content: Buffer.from('new') },
        { kind: 'symlink', target: inside('link'), value: fromText('file') },
        { kind: 'directory', target: inside('above/directory'), mode: 0o777 },
        { kind: 'directory', target: fromText(host), mode: 0o777 },
        { kind: 'tmpfs', target: inside('mount'), options: 'mode=0755' },
        { kind: 'bind', source: inside('file'), target: inside('mounted'), set: [] },
      ];
      for (const freshRoot of [true, false]) {
        for (const row of rows) {
          const view: View = { freshRoot, rows: freshRoot ? [writable, row] : [row] };
          await failureOf(
            { namespaces: { kinds: ['mount', 'pid'] }, keeper: 'namespace', view },
            'mounts',
            row.kind === 'symlink' ? constants.errno.EEXIST : constants.errno.EROFS,
          );
        }
      }
      assert.deepEqual(readdirSync(host), ['file']);
      assert.equal(readFileSync(host + '/file', 'utf8'), 'as it was');
      assert.equal(statSync(host).mode & 0o777, 0o700);
    } finally {
      rmSync(host, { recursive: true });
    }
  },
);

test('no new privileges', async () => {
  assert.equal((await statusOf({ noNewPrivileges: true })).get('NoNewPrivs'), '1');
});

test('parent: another than the one expected fails the step', () =>
  failureOf({ parent: 1 }, 'parent', constants.errno.ESRCH));

test('parent: the program ends with it, even when it is killed', async () => {
  const script = fileURLToPath(new URL('launcher-parent.js', import.meta.url));
  const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  // The kernel names it after it has closed what tells of the start.
  await until('its name', () => readFileSync(`/proc/${pid}/stat`, 'latin1').includes('(sleep)'));
  parent.kill('SIGKILL');
  await once(parent, 'close');
  for (let state = 'S'; state !== 'Z' && state !== 'gone';) {
    await new Promise((resolve) => setImmediate(resolve));
    try {
      state = /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1] ?? 'gone';
    } catch {
      state = 'gone';
    }
  }
});

test('program: one that does not exist fails the step', () =>
  failureOf({ program: fromText('/proc/absent') }, 'program', constants.errno.ENOENT));

test('a specification with another mark is refused', async () => {
  const launched = launchBytes(Buffer.from('not a specification'));
  assert.equal((await launched.started)?.step, 'specification');
  assert.equal((await launched.ended).code, 200);
});
