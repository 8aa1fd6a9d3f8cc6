/**
 * First inputs for the libFuzzer targets of native/, as the real encoders and the kernel make them.
 */
import { deinitCall, initCall, rsyncCall, syncCall } from '../../src/shared/plugin-protocol.js';
import { fromText } from '../../src/shared/bytes.js';
import {
  encodeFrozen,
  encodeRequest,
  encodeWrite,
  putNumber,
  WORD,
} from '../../src/master/monitor/frozen-wire.js';
import type { Word } from '../../src/master/monitor/frozen-wire.js';
import type { BytePath } from '../../src/shared/bytes.js';
import type { Entry, ObjectType } from '../../src/shared/entry.js';
import { IN } from '../../src/shared/inotify-mask.js';
import { encodeRows } from '../../src/executor/modes/mirror/wire.js';
import { encodeSpecification } from '../../src/shared/specification-wire.js';
import type { Specification, View } from '../../src/shared/specification.js';
import { HOSTILE_NAMES } from '../confinement/hostile-names.js';

/** Settings of native/queue.c. */
const QUEUE = { sequence: 1, small: 2, crowds: 4, take: 0x8000 };

/** A struct inotify_event; the name is padded with NULs. */
function inotifyEvent(wd: number, mask: number, name: string, cookie = 0): Buffer {
  const bytes = Buffer.alloc(16 + (name === '' ? 0 : (name.length + 16) & ~15));
  bytes.writeInt32LE(wd, 0);
  bytes.writeUInt32LE(mask, 4);
  bytes.writeUInt32LE(cookie, 8);
  bytes.writeUInt32LE(bytes.length - 16, 12);
  bytes.write(name, 16, 'latin1');
  return bytes;
}

function read(taken: boolean, ...events: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(2), ...events]);
  bytes.writeUInt16LE((bytes.length - 2) | (taken ? QUEUE.take : 0), 0);
  return bytes;
}

function kernelEvents(): Buffer[] {
  const reads = [
    read(
      false,
      inotifyEvent(1, IN.CREATE, 'a'),
      inotifyEvent(1, IN.MODIFY, 'a'),
      inotifyEvent(1, IN.CLOSE_WRITE, 'a'),
    ),
    read(
      true,
      inotifyEvent(1, IN.MOVED_FROM, 'a', 7),
      inotifyEvent(2, IN.MOVED_TO, 'b', 7),
      inotifyEvent(2, IN.DELETE, 'b'),
    ),
    read(
      false,
      inotifyEvent(3, IN.CREATE | IN.ISDIR, 'x'.repeat(255)),
      inotifyEvent(4, IN.IGNORED, ''),
      inotifyEvent(-1, IN.Q_OVERFLOW, ''),
    ),
    read(
      false,
      ...Array.from({ length: 60 }, (_, index) => inotifyEvent(1, IN.CREATE, `file ${index}`)),
    ),
  ];
  const { sequence, small, crowds } = QUEUE;
  return [0, sequence, small, sequence | small, crowds | small].map((settings) =>
    Buffer.concat([Buffer.from([settings]), ...reads]),
  );
}

/** Longer than any path and any record of the log may be. */
const LONG = fromText('/' + 'long'.repeat(1125));

/**
 * The number of calls that the input decides for native/kernel.c, a byte each: 0 succeeds, 1 is
 * refused, 2 only pretends to succeed.
 */
const CALLS = 128;
const DECISIONS = { done: 0, refused: 1, pretended: 2 };

function decided(specification: Buffer, call = 0, decision = DECISIONS.done): Buffer {
  const decisions = Buffer.alloc(CALLS);
  decisions[call] = decision;
  return Buffer.concat([specification, decisions]);
}

/** The specification with each call refused, and with each only pretending to succeed. */
function decidedInEachWay(specification: Buffer): Buffer[] {
  return Array.from({ length: CALLS }, (_, call) => [
    decided(specification, call, DECISIONS.refused),
    decided(specification, call, DECISIONS.pretended),
  ]).flat();
}

const VIEW: View = {
  freshRoot: true,
  rows: [
    {
      kind: 'bind',
      source: fromText('/usr'),
      target: fromText('/usr'),
      set: ['readOnly', 'noSetuid'],
      clear: ['noDevices'],
    },
    { kind: 'symlink', target: fromText('/bin'), value: fromText('xxx') },
    { kind: 'directory', target: fromText('/a/b/c'), mode: 0o1777 },
    {
      kind: 'file',
      target: fromText('/etc/passwd'),
      mode: 0o644,
      content: Buffer.from('root:x:0:0::/:/bin/sh\n'),
    },
    { kind: 'proc', target: fromText('/proc'), options: 'hidepid=invisible' },
    { kind: 'tmpfs', target: fromText('/tmp'), options: 'size=1m' },
    { kind: 'attributes', target: fromText('/usr'), set: ['noExecution'], recursive: true },
    { kind: 'detach', target: fromText('/mnt') },
  ],
};

/** A specification without namespaces. The parent is that of native/kernel.c. */
const PLAIN: Specification = {
  descriptors: [0, 1, 2, 4],
  session: true,
  limits: [{ resource: 7, soft: 64n, hard: 64n }],
  umask: 0o22,
  directory: fromText('/'),
  bounding: 0x2bn,
  identity: { uid: 61000, gid: 61000, groups: [61001, 3] },
  capabilities: { permitted: 0x2bn, effective: 0x2bn, inheritable: 0x2bn, ambient: 0x2bn },
  parent: 99,
  noNewPrivileges: true,
  noWrittenCode: true,
  call: { scoped: true, leaves: false, grace: 300 },
  landlock: {
    files: 0xffffn,
    network: 3n,
    scoped: 3n,
    onFiles: 7n,
    rules: [{ path: fromText('/usr'), allowed: 0xdn }],
  },
  seccomp: Buffer.alloc(24, 6),
  program: fromText('/usr/bin/node'),
  arguments: ['node', '-v'].map(fromText),
  environment: [fromText('PATH=/usr/bin:/bin')],
};

/** A specification with every step. */
const WHOLE: Specification = {
  ...PLAIN,
  cgroups: [fromText('/sys/fs/cgroup/x/cgroup.procs')],
  namespaces: { kinds: ['pid', 'mount', 'ipc', 'user'], uidMap: '0 0 1\n', gidMap: '0 0 1\n' },
  keeper: 'namespace',
  leash: 4,
  events: { descriptor: 40, flags: 0x1e10, mask: 0x302n, directory: fromText('/srv') },
  view: VIEW,
};

/** The specification cut after each of its steps, so that each step is once the last one. */
function cutAtEachStep(whole: Buffer): Buffer[] {
  const cut: Buffer[] = [];
  for (let at = 8; at < whole.length;) {
    at += 8 + whole.readUInt32LE(at + 4);
    const part = Buffer.from(whole.subarray(0, at));
    part.writeUInt32LE(at, 4);
    cut.push(part);
  }
  return cut;
}

function specifications(): Buffer[] {
  const adopted: Specification = {
    ...PLAIN,
    session: false,
    keeper: 'adoption',
    capabilities: { permitted: 3n, effective: 3n, inheritable: 3n, ambient: 0n },
  };
  const entered: Specification = {
    ...WHOLE,
    view: { ...VIEW, freshRoot: false, chroot: fromText('/srv') },
  };
  const at = { descriptor: 200, path: fromText('/srv') };
  const opened: Specification = {
    ...entered,
    inherited: [at.descriptor],
    view: {
      freshRoot: false,
      rows: [{ kind: 'bind', source: at.path, opened: at, target: at.path, set: ['readOnly'] }],
      chroot: at.path,
      chrootOpened: at,
    },
    directoryOpened: at,
  };
  const held: Specification = {
    ...opened,
    view: { freshRoot: false, rows: opened.view?.rows ?? [] },
    landlock: {
      files: 1n,
      network: 0n,
      scoped: 0n,
      onFiles: 1n,
      rules: [{ path: at.path, opened: at, allowed: 1n }],
    },
  };
  const far: Specification = {
    ...WHOLE,
    view: { ...VIEW, rows: [{ kind: 'directory', target: LONG, mode: 0o755 }] },
  };
  const empty: Specification = { ...PLAIN, arguments: [], environment: [] };
  const many: Specification = {
    ...PLAIN,
    descriptors: Array.from({ length: 1025 }, (_, index) => (index < 3 ? index : 100 + index)),
  };
  const [whole, ...others] = [WHOLE, PLAIN, adopted, entered, opened, held].map(
    encodeSpecification,
  ) as [Buffer, ...Buffer[]];
  const odd = [far, empty, many].map(encodeSpecification);
  return [
    ...[...odd, ...cutAtEachStep(whole)].map((sample) => decided(sample)),
    ...[whole, ...others].flatMap(decidedInEachWay),
  ];
}

/** Settings of native/host.h: the handler defines all functions. */
const WHOLE_HANDLER = Buffer.from([0x0f]);

function hostCalls(): Buffer[] {
  const context = {
    flags: [
      [100, 5],
      [112, 1],
      [512, 1],
      [1023, 7],
    ] as const,
    label: fromText('label'),
    watchDirectory: fromText('/a'),
  };
  const situation = { status: 'running', iteration: 7 };
  const entry = (path: BytePath, index: number): Entry => ({
    path,
    mask: 1 << (index % 12),
    before: (index % 4) as ObjectType,
    after: (index % 3) as ObjectType,
    flags: index % 8,
    since: 0,
  });
  const events = [
    initCall({ ...context, usesLists: false, destination: undefined }),
    syncCall(situation, HOSTILE_NAMES.map(entry)),
    deinitCall(),
  ];
  const lists = [
    initCall({ ...context, usesLists: true, destination: fromText('/b/') }),
    rsyncCall(situation, fromText('/i'), undefined),
    rsyncCall(situation, fromText('/i'), fromText('/e')),
  ];
  const long = [
    initCall({ ...context, usesLists: false, destination: undefined }),
    syncCall(situation, [entry(LONG, 1)]),
  ];
  return [events, lists, long].map((calls) => Buffer.concat([WHOLE_HANDLER, ...calls]));
}

/** Rows of every verb, and paths that are skipped. */
function mirrorRuns(): Buffer[] {
  const rows = encodeRows([
    { verb: 'tree', path: fromText('') },
    { verb: 'name', path: fromText('a/b'), flags: 13 },
    { verb: 'move', path: fromText('b'), origin: fromText('a/ä'), flags: 2 },
    { verb: 'remove', path: fromText('2026-01-01') },
    ...HOSTILE_NAMES.map((path) => ({ verb: 'name', path }) as const),
  ]);
  const length = Buffer.alloc(2);
  length.writeUInt16LE(rows.length);
  return [Buffer.concat([length, rows, Buffer.from('a\0b/c\0')])];
}

/** The first inputs by target. */
/** The words go to the process that hears the master. */
const CLERK = 0x80;

/** What a monitor is told, and words of all kinds; then what they meet is as usual. */
function monitors(): Buffer[] {
  const row = { directory: fromText('/run'), owner: 0, uid: 1, gid: 1, mode: 0o600 };
  const told = encodeFrozen({
    launcher: fromText('/launcher'),
    places: [
      { path: fromText('/a/b'), isDirectory: true, isOfAnyone: false, isOnDisk: true, owner: 0 },
      { path: fromText('/c'), isDirectory: true, isOfAnyone: true, isOnDisk: false, owner: 5 },
    ],
    owners: [0, 1000],
    cgroup: {
      rows: [
        { kind: 'make', path: '/group' },
        { kind: 'filter', path: '/group', program: Buffer.alloc(16) },
        { kind: 'set', path: '/group/pids.max', text: '7' },
        { kind: 'setDisks', path: '/group/io.max', text: 'rbps=1' },
      ],
      ended: { path: '/group', version: 2 },
      groups: ['/group'],
    },
    files: [
      { ...row, kind: 'text', name: fromText('pid'), texts: ['1', 'two'] },
      { ...row, kind: 'socket', name: fromText('socket') },
      { ...row, kind: 'read', name: fromText('rules') },
      { ...row, kind: 'directory', name: fromText('lists') },
      { ...row, kind: 'dump', name: fromText('dump') },
      { ...row, kind: 'left', name: fromText('copy') },
      { ...row, kind: 'leftDirectory', name: fromText('copies') },
      { ...row, kind: 'written', name: fromText('metrics') },
    ],
    looks: [fromText('/a/b'), fromText('/c')],
    members: [5, 7].map((output) => ({
      outputs: [output, output + 1],
      places: [0],
      specification: Buffer.from('specification'),
    })),
    pairs: [[0, 1]],
    clerk: { capabilities: 7n, filter: Buffer.alloc(16) },
  });
  const written = encodeWrite(7, Buffer.from('metrics\n'), false);
  const writes = Buffer.concat([told, Buffer.from([(written.length / 8) | CLERK]), written]);
  const others = [0, CLERK].flatMap((process) =>
    Object.keys(WORD).flatMap((word) =>
      [0, 1, 4, putNumber(0, 1, true), 0xffffffff].map((number) => {
        const words = (['start', word, 'kill', word, 'start'] as Word[]).map((one) =>
          encodeRequest(one, number),
        );
        return Buffer.concat([told, Buffer.from([words.length | process]), ...words]);
      }),
    ),
  );
  return [writes, ...others];
}

export const SEEDS = {
  monitor: monitors,
  queue: kernelEvents,
  rows: mirrorRuns,
  specification: specifications,
  host: hostCalls,
} as const;
