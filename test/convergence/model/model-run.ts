/** Sequences of what happens to a source and its daemon; each is run without a disk and a clock. */
import { fromText } from '../../../src/shared/bytes.js';
import type { BytePath } from '../../../src/shared/bytes.js';
import { IN } from '../../../src/shared/inotify-mask.js';
import { Random } from '../random.js';
import { ModelDaemon } from './model-daemon.js';
import type { Outcome, Variant } from './model-daemon.js';
import { bitsOf } from './model-watcher.js';
import type { PlainNode } from './plain-tree.js';
import { VirtualTime } from './virtual-time.js';

const NAMES = ['a', 'b', 'c'].map(fromText);
const KINDS = [
  { kind: 'file', weight: 6 },
  { kind: 'directory', weight: 4 },
  { kind: 'write', weight: 6 },
  { kind: 'remove', weight: 4 },
  { kind: 'move', weight: 6 },
  { kind: 'look', weight: 14 },
  { kind: 'walk', weight: 8 },
  { kind: 'send', weight: 8 },
  { kind: 'wait', weight: 6 },
  { kind: 'fails', weight: 2 },
  { kind: 'is killed', weight: 1 },
  { kind: 'changes', weight: 4 },
  { kind: 'bad', weight: 1 },
  { kind: 'overflow', weight: 1 },
  { kind: 'watcher', weight: 1 },
  { kind: 'executor', weight: 1 },
] as const;

/**
 * `one`, `two` and `three` choose among what there is at the time, so that any of them can be left
 * out.
 */
export interface Action {
  readonly kind: (typeof KINDS)[number]['kind'];
  readonly one: number;
  readonly two: number;
  readonly three: number;
}

export function randomActions(seed: number, count: number): Action[] {
  const random = new Random(seed, 7);
  return Array.from({ length: 1 + random.below(count) }, () => ({
    kind: random.weighted(KINDS).kind,
    one: random.below(64),
    two: random.below(64),
    three: random.below(64),
  }));
}

export function variantOf(seed: number): Variant {
  const random = new Random(seed, 8);
  return {
    settle: random.pick([0, 0, 300]),
    delay: random.pick([0, 0, 100]),
    most: random.pick([0, 0, 0, 2]),
  };
}

/** Kinds of actions after which the executor may go on. */
const BEGINS: ReadonlySet<string> = new Set(['send', 'wait', 'executor']);
/** Most steps until all is equal, and to the next timers: more is a loop. */
const MOST_STEPS = 3000;
const HOUR = 3_600_000;

/** Why it does not end with two equal trees at rest; undefined: it does. */
export async function run(
  actions: readonly Action[],
  variant: Variant,
): Promise<string | undefined> {
  const time = new VirtualTime();
  using _ = time.install();
  try {
    const trial = new Trial(new ModelDaemon(time, variant), time);
    for (const action of actions) {
      trial.act(action);
      if (BEGINS.has(action.kind)) await trial.turn();
    }
    return await trial.end();
  } catch (error) {
    return String(error);
  }
}

class Trial {
  private versions = 0;

  constructor(
    private readonly daemon: ModelDaemon,
    private readonly time: VirtualTime,
  ) {}

  act(action: Action): void {
    const { kind, one, two } = action;
    const { daemon, time } = this;
    switch (kind) {
      case 'look':
        return daemon.watcher.look(one);
      case 'walk':
        return daemon.watcher.walk();
      case 'send':
        return daemon.send(1 + (one % 4));
      case 'wait':
        return void time.step(time.now + one * 20);
      case 'overflow':
        return daemon.watcher.overflow();
      case 'watcher':
        return daemon.restartWatcher();
      case 'executor':
        return daemon.restartExecutor();
      case 'fails':
      case 'is killed':
      case 'changes':
        return this.nextCall(kind, action);
      case 'bad':
        daemon.bad = this.paths()[one % Math.max(1, this.paths().length)];
        return;
      default:
        return this.change(kind, one, two, action.three);
    }
  }

  /** Lets everything that waits for no timer happen. */
  async turn(): Promise<void> {
    for (let calls = -1, i = 0; calls !== this.daemon.calls && i < 50; i++) {
      calls = this.daemon.calls;
      for (let turns = 0; turns < 16; turns++) await Promise.resolve();
    }
  }

  async end(): Promise<string | undefined> {
    const { daemon, time } = this;
    daemon.bad = undefined;
    daemon.outcomes.length = 0;
    for (let step = 0; step < MOST_STEPS; step++) {
      daemon.watcher.lookAtAll();
      daemon.send(99);
      await this.turn();
      if (daemon.isIdle) return this.compare();
      if (!time.step() && !daemon.watcher.isIdle) continue;
    }
    return `it does not come to rest: ${daemon.left}`;
  }

  private async compare(): Promise<string | undefined> {
    const { daemon, time } = this;
    const [wanted, found] = [daemon.source.text(), daemon.destination.text()];
    if (wanted !== found) return `source:\n${wanted}\ndestination:\n${found}`;
    const { calls } = daemon;
    for (const end = time.now + HOUR; time.step(end);) await this.turn();
    return daemon.calls === calls ? undefined : 'it syncs what has not changed';
  }

  private nextCall(outcome: Outcome, { one, two, three }: Action): void {
    this.daemon.outcomes.push(outcome);
    const kinds = ['file', 'directory', 'write', 'remove', 'move'] as const;
    this.daemon.change = () => this.change(kinds[one % kinds.length] ?? 'file', two, three, one);
  }

  private paths(): BytePath[] {
    return this.daemon.source.paths();
  }

  private change(
    kind: 'file' | 'directory' | 'write' | 'remove' | 'move',
    one: number,
    two: number,
    three: number,
  ): void {
    const { source } = this.daemon;
    const directories = source.directories();
    const above = directories[one % directories.length] as PlainNode;
    const name = NAMES[two % NAMES.length] as BytePath;
    if (kind === 'file' || kind === 'directory') return this.make(above, name, kind === 'file');
    const paths = this.paths();
    const path = paths[three % Math.max(1, paths.length)];
    const found = path === undefined ? undefined : source.at(path);
    if (found?.above === undefined || path === undefined) return;
    if (kind === 'write') return this.write(found);
    if (kind === 'remove') return this.remove(found);
    const there = above.children.get(name);
    const isInside = above === found || source.pathOf(above).startsWith(`${path}/`);
    const isOver = there !== undefined && `${path}/`.startsWith(`${source.pathOf(there)}/`);
    if (!isInside && !isOver) this.move(found, above, name);
  }

  private make(above: PlainNode, name: BytePath, isFile: boolean): void {
    const { source, watcher } = this.daemon;
    const there = above.children.get(name);
    if (isFile && there?.version !== undefined) return this.write(there);
    if (there !== undefined) this.remove(there);
    const made = source.put(above, name, isFile ? ++this.versions : undefined);
    watcher.happened(above, name, bitsOf(IN.CREATE, made));
  }

  private write(found: PlainNode): void {
    if (found.above === undefined) return;
    const mask = found.version === undefined ? IN.ATTRIB : IN.MODIFY;
    if (found.version !== undefined) found.version = ++this.versions;
    this.daemon.watcher.happened(found.above, found.name, bitsOf(mask, found));
  }

  private remove(found: PlainNode): void {
    const { source, watcher } = this.daemon;
    for (const child of [...found.children.values()]) this.remove(child);
    const { above, name } = found;
    source.remove(found);
    if (above !== undefined) watcher.happened(above, name, bitsOf(IN.DELETE, found));
  }

  private move(found: PlainNode, above: PlainNode, name: BytePath): void {
    const { source, watcher } = this.daemon;
    const there = above.children.get(name);
    // As rename(2): only a file takes the place of a file.
    if (there !== undefined && (there.version === undefined || found.version === undefined))
      this.remove(there);
    const [origin, before, old] = [source.pathOf(found), found.above, found.name];
    source.move(found, above, name);
    if (before !== undefined) watcher.happened(before, old, bitsOf(IN.MOVED_FROM, found));
    watcher.happened(above, name, bitsOf(IN.MOVED_TO, found), origin);
  }
}

/** A shorter sequence that fails as well: parts are left out as long as it does. */
export async function shrunk(
  actions: readonly Action[],
  variant: Variant,
): Promise<readonly Action[]> {
  let left = actions;
  for (let part = Math.ceil(left.length / 2); part >= 1;) {
    const before = left.length;
    for (let at = 0; at < left.length;) {
      const fewer = [...left.slice(0, at), ...left.slice(at + part)];
      if ((await run(fewer, variant)) === undefined) at += part;
      else left = fewer;
    }
    if (part > 1) part = Math.ceil(part / 2);
    else if (left.length === before) break;
  }
  return left;
}

export function inWords(actions: readonly Action[]): string {
  return actions.map(({ kind, one, two, three }) => `${kind} ${one} ${two} ${three}`).join('\n');
}
