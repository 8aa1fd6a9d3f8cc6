/**
 * Records which system calls the processes of the daemon make, and compares them with the lists of
 * src/shared/seccomp: `node dist/test/confinement/record-calls.js [TEST-FILE…]`, as root, with
 * strace. Takes some minutes for a test file. Prints for each process, before and after its seal,
 * what it was seen to call and may not, and what its list has and was not seen: that must have
 * another reason.
 */
import { spawnSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { FILES } from '../../src/shared/layout.js';
import { MONITORS } from '../../src/shared/monitors.js';
import { executorSeal, executorStart } from '../../src/shared/seccomp/executor.js';
import type { ExecutorChoice } from '../../src/shared/seccomp/executor.js';
import type { Filter } from '../../src/shared/seccomp/filter.js';
import { MASTER_SEAL } from '../../src/shared/seccomp/master.js';
import { SYSCALLS } from '../../src/shared/seccomp/syscalls.js';
import { watcherSeal, watcherStart } from '../../src/shared/seccomp/watcher.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';

const { calls } = MONITORS.inotify;
const ALONE: ExecutorChoice = {
  ...({ writtenCode: 'refused', network: false, sockets: false, rawSockets: false } as const),
  ...{ ids: undefined, setid: true, devices: true, copies: true, executes: false },
};
const LISTS: Readonly<Record<string, Filter | undefined>> = {
  'watcher, at its start': watcherStart(calls),
  'watcher, sealed': watcherSeal(calls),
  'executor alone, at its start': executorStart(ALONE),
  'executor alone, sealed': executorSeal(false),
  'master, sealed': MASTER_SEAL,
};
const PROGRAMS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/"\S*\/roles\/watcher\/main\.js"/, 'watcher'],
  [/"\S*\/roles\/executor\/main\.js", "alone"/, 'executor alone'],
  [/"\S*\/roles\/master\/main\.js"/, 'master'],
];

interface Process {
  name: string | undefined;
  phase: 'at its start' | 'sealed';
}

/**
 * Reads what strace has written: which process a thread belongs to, what that is, what it calls.
 */
class Reading {
  readonly seen = new Map<string, Set<string>>();
  private readonly processes = new Map<string, Process>();
  private readonly making = new Map<string, boolean>();

  read(line: string): void {
    const [, thread = '', rest = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    const [, resumed] = /^<\.\.\. (\w+) resumed>/.exec(rest) ?? [];
    const call = resumed ?? /^(\w+)\(/.exec(rest)?.[1];
    if (call === undefined) return;
    const process = this.processOf(thread);
    if (call === 'execve') this.executes(process, rest);
    if (call.startsWith('clone')) this.makes(thread, rest, process);
    if (resumed === undefined && process.name !== undefined)
      this.note(`${process.name}, ${process.phase}`, call);
    if (call === 'seccomp' && rest.includes('TSYNC')) process.phase = 'sealed';
  }

  private note(key: string, call: string): void {
    const set = this.seen.get(key) ?? new Set();
    this.seen.set(key, set.add(call));
  }

  private processOf(thread: string): Process {
    const known = this.processes.get(thread) ?? { name: undefined, phase: 'at its start' };
    this.processes.set(thread, known);
    return known;
  }

  private executes(process: Process, rest: string): void {
    const program = PROGRAMS.find(([pattern]) => pattern.test(rest));
    if (program !== undefined) [process.name, process.phase] = [program[1], 'at its start'];
  }

  /** The number of a new thread: in the host's namespace where it differs. */
  private makes(thread: string, rest: string, process: Process): void {
    if (rest.includes('flags=')) this.making.set(thread, rest.includes('CLONE_THREAD'));
    const [, own, host] = /= (\d+)(?: \/\* (\d+) in strace)?/.exec(rest) ?? [];
    const made = host ?? own;
    if (made !== undefined && this.making.get(thread) === true) this.processes.set(made, process);
  }
}

const files = process.argv.slice(2);
const base = temporaryDirectory({ after: (end: () => void) => process.on('exit', end) });
const record = join(subdirectory(base, 'record'), 'calls');
spawnSync(
  'strace',
  [
    ...['-f', '--decode-pids=pidns', '-s', '4096', '-o', record],
    ...['-e', 'trace=all', process.execPath, '--test'],
    ...(files.length > 0 ? files : [join(FILES.root, 'dist/test/integration/mode-mirror.test.js')]),
  ],
  { stdio: 'inherit' },
);
const reading = new Reading();
for await (const line of createInterface({ input: createReadStream(record, 'latin1') }))
  reading.read(line);
for (const [name, filter] of Object.entries(LISTS)) {
  const seen = reading.seen.get(name) ?? new Set();
  const listed = (filter?.rules ?? [])
    .filter(({ action, quiet }) => action === 'allow' || quiet === true)
    .flatMap((rule) => rule.calls);
  const known = new Set<string>(listed);
  const missing = [...seen].filter((call) => !known.has(call)).sort();
  const unseen = listed.filter((call) => !seen.has(call) && SYSCALLS[call][0] !== null).sort();
  console.log(`${name}: ${seen.size} calls seen`);
  console.log(`  not in its list: ${missing.join(' ') || 'none'}`);
  console.log(`  not seen: ${[...new Set(unseen)].join(' ')}`);
}
