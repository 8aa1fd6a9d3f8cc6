/**
 * The watcher with a plain tree in place of the kernel and the C part: events wait, are joined by
 * place, looked at in any order, and lost in an overflow; the dirty set is the real one.
 */
import { ROOT, join } from '../../../src/shared/bytes.js';
import type { BytePath } from '../../../src/shared/bytes.js';
import { EntryFlag, ObjectType } from '../../../src/shared/entry.js';
import type { Batch } from '../../../src/shared/entry.js';
import { IN } from '../../../src/shared/inotify-mask.js';
import type { Finding } from '../../../src/watcher/monitor/findings.js';
import { DirtySet } from '../../../src/watcher/outgoing/dirty-set.js';
import {
  MADE,
  entryOfEvent,
  entryOfWhole,
  goneEntry,
} from '../../../src/watcher/outgoing/entries.js';
import type { Consumer } from '../../../src/watcher/outgoing/pending.js';
import type { JobKind } from '../../../src/watcher/walks/jobs.js';
import { finding } from '../../unit/watcher/findings.js';
import type { PlainNode, PlainTree } from './plain-tree.js';

interface Event {
  readonly directory: number;
  readonly name: BytePath;
  readonly first: number;
  readonly since: number;
  mask: number;
  origin: BytePath | undefined;
}

interface Walk {
  readonly node: number;
  readonly kind: JobKind;
  readonly mask: number;
  readonly since: number;
  readonly origin: BytePath | undefined;
}

export class ModelWatcher {
  private pending = new DirtySet(undefined, true);
  private consumer: Consumer = this.pending.consumer();
  private events: Event[] = [];
  private walks: Walk[] = [];
  private readonly watched = new Set<number>();
  /** The directory that is known at a name in a directory. */
  private readonly known = new Map<string, number>();

  constructor(
    private readonly tree: PlainTree,
    private readonly now: () => number,
  ) {
    this.walkAll('initial');
  }

  get isIdle(): boolean {
    return this.events.length + this.walks.length + this.consumer.size === 0;
  }

  /** Something happened at a name in a directory. */
  happened(directory: PlainNode, name: BytePath, mask: number, origin?: BytePath): void {
    if (!this.watched.has(directory.id)) return;
    const waiting = this.events.find(
      (event) => event.directory === directory.id && event.name === name,
    );
    if (waiting === undefined)
      this.events.push({
        directory: directory.id,
        name,
        first: mask,
        mask,
        since: this.now(),
        origin,
      });
    else {
      waiting.mask = (waiting.mask | mask) >>> 0;
      if (origin !== undefined) waiting.origin = origin;
    }
  }

  /** Events were lost. */
  overflow(): void {
    this.events = [];
    this.walkAll('rescan');
  }

  /** Another executor knows nothing: everything is told anew. */
  startAgain(): void {
    this.pending = new DirtySet(undefined, true);
    this.consumer = this.pending.consumer();
    this.walkAll('rescan');
  }

  /** Looks at one of the events that wait. */
  look(which: number): void {
    const [event] = this.events.splice(which % Math.max(1, this.events.length), 1);
    if (event !== undefined) this.lookAt(event);
  }

  walk(): void {
    const job = this.walks.shift();
    const node = job === undefined ? undefined : this.tree.withId(job.node);
    if (job === undefined || node === undefined) return;
    this.watch(node);
    const flags = job.kind === 'directory' ? 0 : EntryFlag.initial;
    this.pending.add(entryOfWhole(this.tree.pathOf(node), job, flags));
  }

  lookAtAll(): void {
    while (this.events.length + this.walks.length > 0) {
      this.look(0);
      this.walk();
    }
  }

  take(size: number): Batch | undefined {
    return this.consumer.take({ size, bytes: 1 << 20 });
  }

  private walkAll(kind: JobKind): void {
    const since = this.now();
    this.walks.push({
      node: this.tree.root.id,
      kind,
      mask: MADE.directory,
      since,
      origin: undefined,
    });
  }

  private watch(node: PlainNode): void {
    this.watched.add(node.id);
    for (const child of node.children.values()) {
      if (child.version !== undefined) continue;
      this.known.set(`${node.id}/${child.name}`, child.id);
      this.watch(child);
    }
  }

  private lookAt({ directory, name, first, mask, since, origin }: Event): void {
    const above = this.tree.withId(directory);
    if (above === undefined) return;
    const path = above.above === undefined ? name : join(this.tree.pathOf(above), name);
    const there = above.children.get(name);
    const key = `${directory}/${name}`;
    const known = this.known.get(key);
    if (known !== undefined && there?.id !== known) {
      this.known.delete(key);
      this.pending.add(goneEntry(path, this.now()));
    }
    if (there !== undefined && there.version === undefined && there.id !== known) {
      this.known.set(key, there.id);
      this.walks.push({ node: there.id, kind: 'directory', mask, since, origin });
      return;
    }
    const found: Finding = finding('object', path === ROOT ? '' : path, {
      type: typeOf(there),
      first,
      mask,
      since,
      ...(origin === undefined ? {} : { origin }),
    });
    this.pending.add(entryOfEvent(found, 0, 0));
  }
}

function typeOf(there: PlainNode | undefined): ObjectType {
  if (there === undefined) return ObjectType.absent;
  return there.version === undefined ? ObjectType.directory : ObjectType.file;
}

/** Event bits of what happens to an object. */
export function bitsOf(mask: number, { version }: PlainNode): number {
  return version === undefined ? (mask | IN.ISDIR) >>> 0 : mask;
}
