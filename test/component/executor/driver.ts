/** Runs the real executor; this process takes the place of the master and of the watcher. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync } from 'node:fs';
import { afterEach, beforeEach } from 'node:test';
import { toBuffer } from '../../../src/shared/bytes.js';
import type { BytePath } from '../../../src/shared/bytes.js';
import { Channel } from '../../../src/shared/channel.js';
import { ObjectType } from '../../../src/shared/entry.js';
import type { Batch, Entry, Refusal } from '../../../src/shared/entry.js';
import { IN } from '../../../src/shared/inotify-mask.js';
import { FILES } from '../../../src/shared/layout.js';
import { socketpair } from '../../../src/shared/native.js';
import { LEVELS } from '../../../src/shared/report.js';
import { STATUSES } from '../../../src/shared/settings.js';
import type { ExecutorSettings } from '../../../src/shared/settings.js';
import { WHOLE_TREE } from '../../harness/entries.js';
import { Scratch } from '../../harness/scratch.js';
import { PATIENCE } from '../../harness/until.js';

export interface Synced {
  readonly paths: number;
  readonly initial: boolean;
}

export class Driver {
  readonly log: string[] = [];
  readonly statuses: string[] = [];
  readonly synced: Synced[] = [];
  readonly dumped = new Map<string, string>();
  finished: { exit: number; text: string } | undefined;
  fatal: string | undefined;
  /** Called for every probe before its answer, to send events that happen meanwhile. */
  onProbe: () => void = () => undefined;
  /** Called for every status, in place of writing the status file; `statusKnown` answers it. */
  onStatus: (status: string) => void = () => this.statusKnown();
  credit = 0;
  backlog = { waiting: 0, inHand: 0, failing: 0 };
  readonly pid: number;
  private readonly master: Channel;
  private readonly watcher: Channel;
  private readonly exited: Promise<unknown>;
  private waiting: (() => void)[] = [];

  constructor(settings: ExecutorSettings) {
    const [masterEnd, itsMaster] = socketpair();
    const [watcherEnd, itsWatcher] = socketpair();
    const child = spawn(process.execPath, [FILES.executor], {
      stdio: ['ignore', 'inherit', 'inherit', itsMaster, itsWatcher],
    });
    closeSync(itsMaster);
    closeSync(itsWatcher);
    this.pid = child.pid as number;
    this.exited = new Promise((resolve) => child.once('exit', resolve));
    const ignore = {
      closed: () => undefined,
      broken: (error: Error) => this.note(() => (this.fatal = error.message)),
    };
    this.master = new Channel(masterEnd, 'master', 'executor', ignore);
    this.watcher = new Channel(watcherEnd, 'watcher', 'executor', ignore);
    this.master
      .on('executorUp', () =>
        this.master.send('execute', {
          settings,
          handlers: {
            leaves: false,
            temporary: [],
            writtenCode: 'refused',
            filter: true,
            scoped: 0,
            superuser: false,
            mirrored: { setid: true, devices: true },
            spared: [],
          },
        }),
      )
      .on('executorRecord', ({ level, text }) =>
        this.note(() => this.log.push(`${LEVELS[level]}: ${text}`)),
      )
      .on('status', ({ status }) => {
        this.note(() => this.statuses.push(STATUSES[status] as string));
        this.onStatus(STATUSES[status] as string);
      })
      .on('standbyAsked', () =>
        this.master.send('standby', {
          isThere:
            settings.standbyFile !== undefined && existsSync(toBuffer(settings.standbyFile))
              ? 1
              : 0,
        }),
      )
      .on('synced', ({ paths, initial }) =>
        this.note(() => this.synced.push({ paths, initial: initial === 1 })),
      )
      .on('progress', () => undefined)
      .on('failed', () => undefined)
      .on('queues', () => undefined)
      .on('backlog', (backlog) => this.note(() => (this.backlog = backlog)))
      .on('dump', ({ file, text }) =>
        this.note(() => this.dumped.set(file, (this.dumped.get(file) ?? '') + text)),
      )
      .on('executorFatal', ({ code, text }) => this.note(() => (this.fatal = `${code}: ${text}`)))
      .on('finished', ({ exit, text }) => this.note(() => (this.finished = { exit, text })));
    this.watcher
      .on('credit', ({ entries }) => this.note(() => (this.credit += entries)))
      .on('probe', ({ serial }) => {
        this.onProbe();
        this.watcher.send('quiet', { serial });
      });
    this.master.start();
    this.watcher.start();
  }

  batch(...changes: Entry[]): void {
    this.tell({ changes });
  }

  tell(batch: Partial<Batch>): void {
    this.watcher.send('batch', { changes: [], refused: [], released: [], ...batch });
  }

  walked(): void {
    this.watcher.send('walked', {});
  }

  /** Waits for the initial sync of a recursive mode. */
  async begin(...refused: Refusal[]): Promise<void> {
    this.tell({ changes: [WHOLE_TREE], refused });
    this.walked();
    await this.until('the initial sync', () => this.statuses.includes('running'));
  }

  /** Sends entries and waits until a further sync for them has succeeded. */
  async sync(...entries: Entry[]): Promise<void> {
    const before = this.settled;
    this.batch(...entries);
    await this.until('the sync', () => this.settled >= before + entries.length);
  }

  /** Sends a batch and waits for the sync that follows. */
  async syncBatch(batch: Partial<Batch>): Promise<void> {
    const before = this.synced.length;
    this.tell(batch);
    await this.until('the sync', () => this.synced.length > before);
  }

  finish(how: 0 | 1 | 2): void {
    this.master.send('finish', { how });
  }

  adjust(settings: ExecutorSettings): void {
    this.master.send('adjust', { settings });
  }

  interrupt(): void {
    this.master.send('interrupt', {});
  }

  /** Orders a sync of everything, as a walk of the whole tree does. */
  resync(): void {
    this.batch({
      ...WHOLE_TREE,
      mask: (IN.CREATE | IN.ISDIR) >>> 0,
      before: ObjectType.directory,
    });
  }

  statusKnown(): void {
    this.master.send('statusKnown', {});
  }

  describe(): void {
    this.master.send('describeQueues', {});
  }

  until(what: string, holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${what} did not happen; ${this.story()}`)),
        PATIENCE,
      );
      this.waiting.push(() => {
        if ((this.fatal ?? this.finished) !== undefined && !holds())
          reject(new Error(`${what} did not happen; ${this.story()}`));
        else if (!holds()) return;
        else resolve();
        clearTimeout(timer);
      });
    });
  }

  async end(): Promise<void> {
    await this.master.end();
    await this.watcher.end();
    await this.exited;
  }

  private get settled(): number {
    return this.synced.reduce((sum, { paths }) => sum + paths, 0);
  }

  private story(): string {
    return JSON.stringify({
      log: this.log,
      statuses: this.statuses,
      synced: this.synced,
      finished: this.finished,
      fatal: this.fatal,
    });
  }

  private note(change: () => unknown): void {
    change();
    for (const look of this.waiting) look();
  }
}

/** A path of raw bytes beneath a directory, for node:fs. */
export function bytesBelow(directory: string, name: BytePath): Buffer {
  return Buffer.concat([Buffer.from(directory + '/'), toBuffer(name)]);
}

/** The fixture of a test: made before each test, ended and removed after it. */
export class Stage {
  scratch!: Scratch;
  driver!: Driver;

  /** @param prepare makes further files in the scratch directory */
  constructor(prepare: (scratch: Scratch) => void = () => undefined) {
    beforeEach(() => {
      this.scratch = new Scratch();
      prepare(this.scratch);
    });
    afterEach(async () => {
      await this.driver.end();
      this.scratch.remove();
    });
  }
}
