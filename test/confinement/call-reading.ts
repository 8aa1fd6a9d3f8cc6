/** Reads what strace has written: which process a thread belongs to, what that is, what it calls. */
import { nameOf as nameOfCall } from '../../src/shared/seccomp/filter.js';
import type { ListName } from './call-lists.js';

interface Kind {
  /** What it executes. */
  readonly program: RegExp;
  readonly start?: ListName;
  /** Once it has applied a filter itself. */
  readonly sealed: ListName;
  /** What it forks is of the same kind; of an executor also what that executes. */
  readonly forks?: 'itself' | 'programs';
}

const KINDS: readonly Kind[] = [
  { program: /"\S*\/clsync-monitor"/, sealed: 'clerk', forks: 'itself' },
  { program: /"\S*\/roles\/master\/main\.js"/, sealed: 'master' },
  {
    program: /"\S*\/roles\/watcher\/main\.js"/,
    start: 'watcher at its start',
    sealed: 'watcher',
  },
  {
    program: /"\S*\/roles\/executor\/main\.js", "alone"/,
    start: 'executor alone at its start',
    sealed: 'executor alone',
  },
  {
    program: /"\S*\/roles\/executor\/main\.js"\]/,
    start: 'executor with programs',
    sealed: 'executor with programs',
    forks: 'programs',
  },
];

/** An executor and what it has started. */
interface Family {
  readonly calls: Set<string>;
  onlyRsync: boolean;
}

/** Threads share one, and what is forked gets one like it. */
interface Process {
  kind: Kind | undefined;
  isSealed: boolean;
  family?: Family;
}

const OF_RSYNC = /^execve\("\S*\/(clsync-launch|rsync)"/;

export class CallReading {
  readonly seen = new Map<ListName, Set<string>>();
  /** What a filter refused and had counted. */
  readonly refused = new Map<ListName, Set<string>>();
  private readonly families: Family[] = [];
  private readonly processes = new Map<number, Process>();
  /** Lines of threads whose making has not been read to its end. */
  private readonly early = new Map<number, string[]>();
  /** Flags of the clone(2) that a thread is in. */
  private readonly making = new Map<number, string>();

  /** @param line of `strace -f --decode-pids=pidns -o` */
  read(line: string): void {
    const [, number = '', rest = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    const thread = Number(number);
    const process = this.processOf(thread);
    if (process === undefined) {
      this.early.get(thread)?.push(line);
      return;
    }
    const [, refused] = /^--- SIGSYS .*si_syscall=__NR_(\w+)/.exec(rest) ?? [];
    if (refused !== undefined) note(this.refused, nameOf(process), named(refused));
    if (/^\+\+\+ (exited|killed)/.test(rest)) this.processes.delete(thread);
    const [, resumed] = /^<\.\.\. (\w+) resumed>/.exec(rest) ?? [];
    const call = resumed ?? /^(\w+)\(/.exec(rest)?.[1];
    if (call === undefined) return;
    if (call === 'execve') this.executes(process, rest);
    if (/^(clone3?|v?fork)$/.test(call)) this.makes(thread, rest, process);
    if (resumed === undefined) {
      note(this.seen, nameOf(process), named(call));
      process.family?.calls.add(named(call));
    }
    // SECCOMP_SET_MODE_FILTER of the seal, and of the clerk. prctl is only asked.
    if (call === 'seccomp' && process.kind !== undefined && rest.endsWith(' = 0'))
      process.isSealed = true;
  }

  /** The lines of another run follow. */
  begin(): void {
    for (const numbers of [this.processes, this.early, this.making]) numbers.clear();
  }

  /** All lines have been read. */
  end(): void {
    for (const { calls, onlyRsync } of this.families)
      if (onlyRsync) for (const call of calls) note(this.seen, 'executor with rsync', call);
  }

  /** undefined: the thread is known to be made, but not by whom. */
  private processOf(thread: number): Process | undefined {
    const known = this.processes.get(thread);
    if (known !== undefined) return known;
    if (this.processes.size > 0) {
      if (!this.early.has(thread)) this.early.set(thread, []);
      return undefined;
    }
    const first = { kind: undefined, isSealed: false };
    this.processes.set(thread, first);
    return first;
  }

  private executes(process: Process, rest: string): void {
    if (!rest.startsWith('execve(')) return;
    const kind = KINDS.find(({ program }) => program.test(rest));
    if (kind === undefined && process.family !== undefined) {
      process.family.onlyRsync &&= OF_RSYNC.test(rest);
      return;
    }
    process.kind = kind;
    process.isSealed = false;
    delete process.family;
    if (kind?.forks !== 'programs') return;
    process.family = { calls: new Set(), onlyRsync: true };
    this.families.push(process.family);
  }

  /** The number of the new thread is the last one: that in the namespace of strace. */
  private makes(thread: number, rest: string, process: Process): void {
    if (!rest.startsWith('<')) this.making.set(thread, /flags=([\w|]+)/.exec(rest)?.[1] ?? '');
    const [, own, host] = / = (\d+)(?: \/\* (\d+) in strace's PID NS \*\/)?$/.exec(rest) ?? [];
    const made = Number(host ?? own ?? 0);
    if (made === 0) return;
    const isThread = this.making.get(thread)?.includes('CLONE_THREAD') === true;
    const inherits = isThread || process.kind === undefined || process.kind.forks !== undefined;
    this.processes.set(
      made,
      isThread ? process : inherits ? { ...process } : { kind: undefined, isSealed: false },
    );
    const lines = this.early.get(made) ?? [];
    this.early.delete(made);
    for (const line of lines) this.read(line);
  }
}

function nameOf({ kind, isSealed }: Process): ListName | undefined {
  return isSealed ? kind?.sealed : kind?.start;
}

/** strace writes the number of a call that is newer than itself. */
function named(call: string): string {
  const [, number] = /^syscall_(0x[0-9a-f]+)$/.exec(call) ?? [];
  return number === undefined ? call : nameOfCall(Number(number));
}

function note(table: Map<ListName, Set<string>>, name: ListName | undefined, call: string): void {
  if (name === undefined) return;
  const set = table.get(name) ?? new Set();
  table.set(name, set.add(call));
}
