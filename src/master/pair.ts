/** One watcher and one executor, joined by a socketpair, from their start to the end of either. */
import { closeSync } from 'node:fs';
import { display } from '../shared/bytes.js';
import { Channel } from '../shared/channel.js';
import { ClsyncError, ERRORS } from '../shared/errors.js';
import type { ErrorCode } from '../shared/errors.js';
import type { MessageName, Payload } from '../shared/messages.js';
import { socketpair } from '../shared/native.js';
import { LEVELS } from '../shared/report.js';
import type { Level } from '../shared/report.js';
import { STATUSES } from '../shared/settings.js';
import type { ExecutorSettings, Status, WatcherSettings } from '../shared/settings.js';
import { sparedProcesses } from './sandbox/handlers.js';
import { launchRole } from './sandbox/launch.js';
import type { RoleProcess, Sandbox } from './sandbox/launch.js';

type RoleName = 'watcher' | 'executor';

/** What the two tell the rest of the master. */
export interface PairEvents {
  record(level: Level, text: string): void;
  watching(directories: number, milliseconds: number): void;
  status(status: Status): void;
  progress(done: number, total: number): void;
  synced(report: Payload<'synced'>): void;
  counters(counters: Payload<'counters'>): void;
  backlog(backlog: Payload<'backlog'>): void;
  rulesDone(): void;
  /** A piece of a file of the role's part of a dump. */
  dumpFile(from: RoleName, piece: Payload<'dump' | 'description'>): void;
}

export type PairEnd =
  /** The executor has nothing more to do. */
  | { readonly kind: 'finished'; readonly exit: number; readonly text: string }
  /** A role found that it cannot do its work. */
  | { readonly kind: 'failed'; readonly error: Error; readonly exit: number }
  /** One of them died, misbehaved or could not be started. */
  | { readonly kind: 'lost'; readonly error: ClsyncError };

/** A role must say that it is up within this time, in milliseconds. */
const UP_LIMIT = 20_000;
/** Milliseconds between asking both to end and killing them. */
const END_LIMIT = 300;

export class Pair {
  readonly ended: Promise<PairEnd>;
  private readonly processes: Record<RoleName, RoleProcess>;
  private readonly channels: Record<RoleName, Channel>;
  private readonly missing = new Set<RoleName>(['watcher', 'executor']);
  private readonly held: Record<RoleName, (() => void)[]> = { watcher: [], executor: [] };
  private readonly upTimer: NodeJS.Timeout;
  private isWatching = false;
  /** The initial walk, once it is over. */
  private walk: Payload<'watching'> | undefined;
  private lastStatus: Status = 'starting';
  private settle: (end: PairEnd) => void = () => undefined;

  /** Throws ClsyncError when a launcher cannot be run. */
  constructor(
    private readonly sandbox: Sandbox,
    private readonly settings: {
      readonly watcher: WatcherSettings;
      readonly executor: ExecutorSettings;
    },
    private readonly events: PairEvents,
    /** Why the roles may be bound to what is no longer there. */
    private readonly loss: () => ClsyncError | undefined,
  ) {
    this.ended = new Promise((resolve) => (this.settle = resolve));
    this.processes = launchBoth(sandbox);
    void this.processes.executor.executed.then(() => sandbox.copies?.lift());
    this.channels = { watcher: this.open('watcher'), executor: this.open('executor') };
    this.listen();
    for (const role of ['watcher', 'executor'] as const) {
      this.channels[role].start();
      void this.processes[role].exited.then(({ code, signal, error }) => {
        this.lost(
          error ??
            new ClsyncError(
              'ROLE_DIED',
              `the ${role}`,
              signal === null ? `exit status ${code}` : signal,
            ),
        );
      });
    }
    this.upTimer = setTimeout(
      () => this.lost(new ClsyncError('ROLE_SILENT', [...this.missing].join(' and the '))),
      UP_LIMIT,
    );
  }

  /** Whether the tree is watched. */
  get watching(): boolean {
    return this.isWatching;
  }

  /** What the executor last said it is doing. */
  get status(): Status {
    return this.lastStatus;
  }

  /** Sends an order; a role that has no settings yet gets it after those. */
  order<N extends MessageName>(role: RoleName, name: N, payload: Payload<N>): void {
    const channel = this.channels[role];
    const send = (): void => void channel.send(name, payload);
    if (channel.allows(name)) send();
    else this.held[role].push(send);
  }

  /** Ends both; resolves when neither is left. */
  async end(): Promise<void> {
    clearTimeout(this.upTimer);
    this.processes.watcher.kill(); // it holds nothing that could be lost
    const closed = this.channels.executor.end();
    const impatience = setTimeout(() => this.processes.executor.kill(), END_LIMIT);
    await Promise.all([closed, this.processes.watcher.exited, this.processes.executor.exited]);
    clearTimeout(impatience);
    await this.sandbox.cgroup?.end();
  }

  /** It is of no more use, for this reason. */
  lost(error: ClsyncError): void {
    this.settle({ kind: 'lost', error });
  }

  /** Kills the executor, and with it whatever it runs. */
  kill(): void {
    this.processes.executor.kill();
  }

  private open(role: RoleName): Channel {
    return new Channel(this.processes[role].channel, 'master', role, {
      closed: () => undefined, // its exit says more
      broken: (error) => this.lost(new ClsyncError('PEER_BROKEN', `the ${role}`, error.message)),
    });
  }

  private listen(): void {
    const { events, channels } = this;
    channels.watcher
      .on('watcherUp', () => this.up('watcher'))
      .on('watching', (walk) => {
        this.walk = walk;
        this.tellWatching();
      })
      .on('watcherRecord', ({ level, text }) => events.record(levelOf(level), text))
      .on('counters', (counters) => events.counters(counters))
      .on('watcherFatal', (fatal) => this.fatal(fatal))
      .on('rulesDone', () => events.rulesDone())
      .on('rootGone', () =>
        this.lost(new ClsyncError('WATCH_DIR_GONE', display(this.settings.watcher.watchDirectory))),
      )
      .on('description', (piece) => events.dumpFile('watcher', piece));
    channels.executor
      .on('executorUp', () => this.up('executor'))
      .on('executorRecord', ({ level, text }) => events.record(levelOf(level), text))
      .on('status', ({ status }) => {
        this.lastStatus = STATUSES[status] ?? 'running';
        events.status(this.lastStatus);
        channels.executor.send('statusKnown', {});
      })
      .on('progress', ({ done, total }) => events.progress(done, total))
      .on('synced', (report) => events.synced(report))
      .on('backlog', (backlog) => events.backlog(backlog))
      .on('finished', ({ exit, text }) => this.settle({ kind: 'finished', exit, text }))
      .on('executorFatal', (fatal) => this.fatal(fatal))
      .on('dump', (piece) => events.dumpFile('executor', piece));
  }

  /**
   * The watcher begins at once, since the tree may be large; nothing is executed before both are
   * up.
   */
  private up(role: RoleName): void {
    this.missing.delete(role);
    if (role === 'watcher') {
      this.channels.watcher.send('watch', { settings: this.settings.watcher });
      this.sendHeld('watcher');
    }
    if (this.missing.size > 0) return;
    clearTimeout(this.upTimer);
    // Their views were made by path, a moment after the paths were looked at.
    const loss = this.loss();
    if (loss !== undefined) return this.lost(loss);
    const { handlers, executor } = this.sandbox;
    this.channels.executor.send('execute', {
      settings: this.settings.executor,
      handlers: { ...handlers, spared: sparedProcesses(executor, [this.processes.watcher.pid]) },
    });
    this.sendHeld('executor');
    this.tellWatching();
  }

  private sendHeld(role: RoleName): void {
    for (const send of this.held[role].splice(0)) send();
  }

  /**
   * Only a pair that is complete watches: before that, whatever happens to either is an error of
   * the start.
   */
  private tellWatching(): void {
    if (this.walk === undefined || this.missing.size > 0) return;
    this.isWatching = true;
    this.events.watching(this.walk.directories, this.walk.milliseconds);
  }

  private fatal({ code, text }: { readonly code: string; readonly text: string }): void {
    const exit = Object.hasOwn(ERRORS, code)
      ? ERRORS[code as ErrorCode].exit
      : ERRORS.ROLE_DIED.exit;
    this.settle({ kind: 'failed', error: new Error(text), exit });
  }
}

function launchBoth(sandbox: Sandbox): Record<RoleName, RoleProcess> {
  layCopies(sandbox);
  const [one, other] = socketpair();
  try {
    // The executor first: it takes longer, and the kernel lets it wait for its control group.
    const executor = launchRole('executor', sandbox, one);
    try {
      return { executor, watcher: launchRole('watcher', sandbox, other) };
    } catch (error) {
      executor.kill();
      throw error;
    }
  } finally {
    closeSync(one);
    closeSync(other);
  }
}

function layCopies({ copies }: Sandbox): void {
  try {
    copies?.lay();
  } catch (error) {
    copies?.close();
    throw new ClsyncError(
      'SANDBOX',
      'executor',
      `copies of system files: ${(error as Error).message}`,
    );
  }
}

function levelOf(level: number): Level {
  return LEVELS[level] ?? 'debug5';
}
