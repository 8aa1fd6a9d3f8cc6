/**
 * A watcher in this process over a real directory, with the batches it sends; for the watcher's
 * tests.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, openSync, readSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromText } from '../../../src/shared/bytes.js';
import type { BytePath } from '../../../src/shared/bytes.js';
import { EntryFlag } from '../../../src/shared/entry.js';
import type { Entry } from '../../../src/shared/entry.js';
import type { ClsyncError } from '../../../src/shared/errors.js';
import { openMountTable } from '../../../src/shared/mount-table.js';
import { isMonitor, MONITOR_NAMES } from '../../../src/shared/monitors.js';
import type { MonitorName } from '../../../src/shared/monitors.js';
import type { Message, MessageName, Payload } from '../../../src/shared/messages.js';
import { codeOf } from '../../../src/shared/system-errors.js';
import type { WatcherSettings } from '../../../src/shared/settings.js';
import { replaceDescriptor } from '../../../src/master/native.js';
import { createWatcher } from '../../../src/watcher/create.js';
import { loadLibrary } from '../../../src/watcher/monitor/library.js';
import type { Granted } from '../../../src/watcher/monitor/native.js';
import type { Outbox } from '../../../src/watcher/outgoing/outbox.js';
import type { Watcher } from '../../../src/watcher/watcher.js';

/**
 * Where monitors.test.ts repeats a file with another monitor: its name, and the descriptor that the
 * launcher has made for it.
 */
export const REPEATED = {
  monitor: 'CLSYNC_TEST_MONITOR',
  granted: 'CLSYNC_TEST_GRANTED',
  resolver: 'CLSYNC_TEST_RESOLVER',
  /** Set where the kernel's queue has a limit, which it has not otherwise. */
  limited: 'CLSYNC_TEST_LIMITED',
} as const;
const monitor = process.env[REPEATED.monitor];

/** A copy of a descriptor, for one watcher. */
function copyOf(name: keyof typeof REPEATED): number | undefined {
  const made = process.env[REPEATED[name]];
  if (made === undefined) return undefined;
  const descriptor = openSync('/dev/null', 'r');
  replaceDescriptor(descriptor, Number(made));
  return descriptor;
}

/** What the launcher has made, without the events of what has happened before. */
function granted(): Granted {
  const events = copyOf('granted');
  if (events === undefined) return {};
  try {
    while (readSync(events, Buffer.allocUnsafe(1 << 20)) > 0);
  } catch (error) {
    if (codeOf(error) !== 'EAGAIN') throw error;
  }
  return { events, resolver: copyOf('resolver') };
}

export class Watched implements Disposable {
  readonly entries: Entry[] = [];
  private rulings = new Map<string, Ruling>();
  readonly messages: Message[] = [];
  readonly records: string[] = [];
  readonly fatal: ClsyncError[] = [];
  onBatch: (changes: readonly Entry[]) => void = () => undefined;
  private readonly watcher: Watcher;
  private readonly outbox: Outbox;
  private readonly waiting: { readonly name: MessageName; readonly resolve: () => void }[] = [];

  constructor(
    readonly directory: string,
    settings: Partial<WatcherSettings> = {},
    credit = 1_000_000,
  ) {
    const sender = { send: this.take.bind(this), drained: () => Promise.resolve() };
    const report = (_: string, text: string): void => void this.records.push(text);
    assert.equal(loadLibrary({ ...DEFAULTS, ...settings }.monitor), undefined);
    const created = createWatcher(
      { ...DEFAULTS, watchDirectory: fromText(directory), ...settings },
      sender,
      [sender],
      report,
      (error) => this.fatal.push(error),
      fromText(directory),
      openMountTable(),
      () => false,
      granted(),
    );
    this.watcher = created.watcher;
    const outbox = created.outboxes.get(sender);
    assert.ok(outbox);
    this.outbox = outbox;
    this.outbox.grant(credit);
  }

  /** Resolves when the message arrives, at once if it has arrived before. */
  message(name: MessageName): Promise<void> {
    if (this.messages.some((message) => message.name === name)) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push({ name, resolve }));
  }

  /** Resolves when all changes so far have been sent. */
  quiet(): Promise<void> {
    // Here, unlike in the daemon with its channels, events alone do not keep the process alive.
    const alive = setInterval(() => undefined, 60_000);
    return new Promise<void>((resolve) => this.watcher.probe(this.outbox, resolve)).finally(() =>
      clearInterval(alive),
    );
  }

  /** Where its events come from, once it watches. */
  get monitor(): MonitorName | undefined {
    const told = this.messages.find((message) => message.name === 'watching');
    return told === undefined ? undefined : MONITOR_NAMES[told.monitor];
  }

  get control(): Watcher {
    return this.watcher;
  }

  grant(entries: number): void {
    this.outbox.grant(entries);
    this.watcher.relieved();
  }

  /** The entries sent since the last call, by path; entries for the same path are merged. */
  told(): Map<string, Told> {
    const told = new Map<string, Told>();
    for (const { path, mask, flags, before, after } of this.entries.splice(0)) {
      const seen = told.get(path);
      told.set(path, {
        mask: (seen?.mask ?? 0) | mask,
        flags: (seen?.flags ?? 0) | flags,
        before: seen?.before ?? before,
        after,
      });
    }
    return told;
  }

  /** The refusals and releases since the last call. */
  ruled(): Map<string, Ruling> {
    const { rulings } = this;
    this.rulings = new Map();
    return rulings;
  }

  [Symbol.dispose](): void {
    this.watcher.close();
  }

  private take<N extends MessageName>(name: N, payload: Payload<N>): boolean {
    const message = { name, ...payload } as unknown as Message;
    this.messages.push(message);
    if (message.name === 'batch') {
      this.entries.push(...message.changes);
      for (const { path, contentOnly } of message.refused)
        this.rulings.set(path, contentOnly ? 'content refused' : 'refused');
      for (const path of message.released) this.rulings.set(path, 'released');
      this.onBatch(message.changes);
    }
    for (const waiter of this.waiting.splice(0))
      waiter.name === name ? waiter.resolve() : this.waiting.push(waiter);
    return true;
  }
}

export type Ruling = 'refused' | 'content refused' | 'released';

export interface Told {
  readonly mask: number;
  readonly flags: number;
  readonly before: number;
  readonly after: number;
}

/**
 * Whether an entry covers a change at `path`: one for the path, or a recursive one for a directory
 * above.
 */
export function covers(told: ReadonlyMap<string, Told>, path: string): boolean {
  for (let above = path; ; above = above.slice(0, Math.max(0, above.lastIndexOf('/')))) {
    const entry = told.get(above);
    if (entry !== undefined && (above === path || (entry.flags & EntryFlag.recursive) !== 0))
      return true;
    if (above === '') return false;
  }
}

export function scratch(): Disposable & { readonly path: string } {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'clsync-watcher-')));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** The tree is walked also by a monitor that needs no walk to watch it. */
export const WALKED: Partial<WatcherSettings> = {
  rules: [{ allow: false, kind: 'f', pattern: fromText('^never$'), line: 1 }],
};

export const DEFAULTS: WatcherSettings = {
  watchDirectory: '' as BytePath,
  monitor: isMonitor(monitor) ? monitor : 'inotify',
  rules: [],
  detail: 'recursive',
  collapses: false,
  sequence: false,
  skipInitial: false,
  fullInitial: false,
  statEntries: true,
  bigFileThreshold: 0,
  oneFileSystem: false,
  excludeMountPoints: false,
  allowFuse: false,
  starter: 0,
  modificationSignature: [],
  pollInterval: 60_000,
  recheckInterval: 0,
  settle: 0,
  movesDirectories: false,
  trackHardLinks: true,
  exitOnSyncSkip: false,
};
