/**
 * A start with `--state-dir` after 50 files were changed, 10 removed and a directory of 1000
 * renamed while nothing ran, beside a start that syncs everything and bare rsync: time, processor
 * time and bytes; and whether exactly these paths are handed over. In memory: TMPDIR=/dev/shm node
 * dist/bench/restart.js [FILES]. Its exit status says whether all was so.
 */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Cleanup } from '../test/harness/cleanup.js';
import { compareTrees, describeDifferences } from '../test/harness/compare.js';
import { Daemon } from '../test/harness/daemon.js';
import { commandOf } from '../test/harness/programs.js';
import { startRsyncDaemon } from '../test/harness/servers.js';
import { atEnd, subdirectory, temporaryDirectory } from '../test/harness/temporary.js';
import type { Scope } from '../test/harness/temporary.js';
import { ProcessorTime } from './processor-time.js';
import { Way } from './way.js';

const FILES = Number(process.argv[2] ?? 100_000);
const [IN_EACH, RENAMED, CHANGED, REMOVED, BYTES] = [100, 1000, 50, 10, 1000] as const;
const [OLD, NEW] = ['renamed', 'd1/new name'] as const;
/** Milliseconds. */
const PATIENCE = 600_000;
const RECORDING = '#!/bin/sh\nprintf "%s\\n" "$@" >>"$RECORD/paths"\n';
const CLSYNC = [...commandOf('clsync'), '-H/NULL/', '-t0', '-w0', '--only-initialsync'];

const fileOf = (number: number): string => `d${Math.floor(number / IN_EACH)}/f${number % IN_EACH}`;

function makeTree(source: string): void {
  const content = '.'.repeat(BYTES);
  fs.mkdirSync(join(source, OLD));
  for (let file = 0; file < RENAMED; file++)
    fs.writeFileSync(join(source, OLD, `${file}`), content);
  for (let file = 0; file < FILES - RENAMED; file++) {
    const path = join(source, fileOf(file));
    if (file % IN_EACH === 0) fs.mkdirSync(join(path, '..'));
    fs.writeFileSync(path, content);
  }
}

/** Returns what a start has to hand over. */
function change(source: string): string[] {
  const step = Math.floor((FILES - RENAMED) / (CHANGED + REMOVED));
  const files = Array.from({ length: CHANGED + REMOVED }, (_, index) => fileOf(index * step));
  for (const file of files.slice(0, CHANGED)) fs.appendFileSync(join(source, file), 'more');
  for (const file of files.slice(CHANGED)) fs.rmSync(join(source, file));
  fs.renameSync(join(source, OLD), join(source, NEW));
  return [...files, OLD, NEW].sort();
}

async function run(scope: Scope, command: readonly string[], environment = process.env) {
  const daemon = new Daemon(scope, command, { environment });
  await daemon.until('its end', () => daemon.exit !== undefined, { timeout: PATIENCE, every: 2 });
  if (daemon.exit?.code !== 0) throw new Error(daemon.output);
}

/** With the inode, the size of each file. */
function filesOf(copy: string): Map<number, number> {
  const found = fs.readdirSync(copy, { recursive: true, withFileTypes: true });
  return new Map(
    found
      .filter((one) => one.isFile())
      .map((one) => fs.lstatSync(join(one.parentPath, one.name)))
      .map(({ ino, size }) => [ino, size]),
  );
}

/** Whether a handler of programs gets exactly the paths that have changed. */
async function handsOver(scope: Scope, base: string): Promise<boolean> {
  const [source, record] = [subdirectory(base, 'source'), subdirectory(base, 'record')];
  fs.chmodSync(record, 0o777);
  fs.writeFileSync(join(base, 'handler'), RECORDING, { mode: 0o755 });
  const words = [
    ...[...CLSYNC, '-Mshell', '--have-recursive-sync', '-W', source, '-S', join(base, 'handler')],
    ...[`--handler-allow=${record}:rw`, '--handler-env=RECORD', '--state-dir', join(base, 'state')],
    ...['--', '%INCLUDE-LIST%'],
  ];
  const environment = { ...process.env, RECORD: record };
  makeTree(source);
  await run(scope, words, environment);
  fs.rmSync(join(record, 'paths'));
  const expected = change(source);
  await run(scope, words, environment);
  const lines = fs.readFileSync(join(record, 'paths'), 'utf8').trimEnd().split('\n');
  const paths = lines.map((line) => relative(source, resolve(source, line))).sort();
  console.log(
    `${paths.length} paths handed over, ${expected.length} have changed: ` +
      `${paths.join('\n') === expected.join('\n') ? 'the same' : 'NOT THE SAME'}.\n`,
  );
  return paths.join('\n') === expected.join('\n');
}

/** Prints a row for each start; returns whether all copies became equal. */
async function compare(scope: Scope, base: string, mode: string, remote: boolean) {
  const [source, copies] = [subdirectory(base, 'source'), subdirectory(base, 'copies')];
  makeTree(source);
  for (const name of ['state', 'all', 'bare'])
    execFileSync('rsync', ['-a', `${source}/`, join(copies, name)]);
  let way: Way | undefined;
  let prefix = copies;
  if (remote) {
    const { hostname, port, pathname } = new URL(
      (await startRsyncDaemon(scope, copies)).url.replace('rsync:', 'http:'),
    );
    way = new Way(hostname, Number(port));
    await way.open();
    atEnd(scope, () => way?.close());
    prefix = `rsync://${hostname}:${way.port}${pathname.replace(/\/$/, '')}`;
  }
  const ours = (copy: string, ...words: readonly string[]): string[] => [
    ...[...CLSYNC, `-M${mode}`, '-W', source, '-D', `${prefix}/${copy}`, ...words],
  ];
  const withState = ours('state', '--state-dir', join(base, 'state'));
  await run(scope, withState);
  change(source);
  let isEqual = true;
  for (const [copy, what, command] of [
    ['state', 'with its state', withState],
    ['all', 'without', ours('all')],
    ['bare', 'bare rsync', ['rsync', '-aH', '--delete', `${source}/`, `${prefix}/bare`]],
  ] as const) {
    const before = filesOf(join(copies, copy));
    const processor = new ProcessorTime(scope);
    const sent = way?.bytes ?? 0;
    const began = performance.now();
    await run(scope, processor.counting(command));
    const time = performance.now() - began;
    const written = [...filesOf(join(copies, copy))].filter(([inode]) => !before.has(inode));
    const differences = compareTrees(source, join(copies, copy));
    isEqual &&= differences.length === 0;
    console.log(
      `| ${mode}${remote ? ', rsync daemon' : ''}: ${what} | ${time.toFixed(0)} ms | ` +
        `${processor.seconds.toFixed(2)} s | ` +
        `${(written.reduce((sum, [, size]) => sum + size, 0) / 1000).toFixed(0)} kB | ` +
        `${way === undefined ? '' : `${((way.bytes - sent) / 1000).toFixed(0)} kB`} |` +
        (differences.length === 0 ? '' : `\n${describeDifferences(differences)}`),
    );
  }
  return isEqual;
}

async function within(work: (scope: Scope, base: string) => Promise<boolean>): Promise<void> {
  const cleanup = new Cleanup();
  try {
    if (!(await work(cleanup, temporaryDirectory(cleanup)))) process.exitCode = 1;
  } finally {
    await cleanup.run();
  }
}

await within(handsOver);
console.log(`| ${FILES} files | time | CPU | written anew | on the wire |\n|${' --- |'.repeat(5)}`);
await within((scope, base) => compare(scope, base, 'mirror', false));
await within((scope, base) => compare(scope, base, 'rsyncdirect', false));
await within((scope, base) => compare(scope, base, 'rsyncdirect', true));
