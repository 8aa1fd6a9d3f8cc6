/**
 * The crew: the roles that work together, joined by socketpairs. One watcher, and an executor for
 * each destination (one today). A crew lasts from the start of its members to the end of any of
 * them.
 */
import { display } from '../shared/bytes.js';
import { ClsyncError, ERRORS } from '../shared/errors.js';
import type { ErrorCode } from '../shared/errors.js';
import type { Message, MessageName, Payload } from '../shared/messages.js';
import type { Level } from '../shared/report.js';
import type { ExecutorSettings, DaemonStatus, WatcherSettings } from '../shared/settings.js';
import { statusOf } from './ledger.js';
import type { Tell } from './ledger.js';
import { launchCrew } from './launch-crew.js';
import type { LeftBehind, LeftProcess, Limits } from './left-behind.js';
import type { Quota } from './quota.js';
import { Role } from './role.js';
import { membersOf } from './sandbox/decision.js';
import type { Sandbox } from './sandbox/decision.js';
import type { Monitor } from './monitor/monitor.js';
import { shield } from './sandbox/handlers.js';
import { ROLES } from './sandbox/roles.js';
import type { Member, SandboxedRole } from './sandbox/roles.js';
import { Standby } from './standby.js';
import { StateAnswers } from './state-answers.js';

export interface RoleSettings {
  readonly watcher: WatcherSettings;
  readonly executor: ExecutorSettings;
}

export type CrewEnd =
  /** All executors have finished, or one has failed. */
  | { readonly kind: 'finished'; readonly exit: number; readonly text: string }
  /** A member reports that it cannot do its work. */
  | { readonly kind: 'failed'; readonly error: Error; readonly exit: number }
  /** A member died, broke the protocol or could not be started. */
  | { readonly kind: 'lost'; readonly error: ClsyncError };

/** `now`: the daemon is to end now; `ending`: it ends; `restarting`: it goes on. */
export type Urgency = 'now' | 'ending' | 'restarting';

/** Milliseconds within which every member must report that it is up. */
const UP_LIMIT = 60_000;
/**
 * When what waits in the kernel is left to it. Told to end now, the daemon ends within a second
 * whatever hangs.
 */
export const PATIENCE: Readonly<Record<Urgency, Limits>> = {
  now: { least: 150, patience: 600 },
  ending: { least: 5_000, patience: 5_000 },
  restarting: { least: 5_000, patience: 5_000 },
};
/** Milliseconds a role has to end by itself when the daemon is to end now, at most. */
const GRACE_NOW = 100;

/**
 * Milliseconds the executor has to end after the order to end now, unless it runs the exit hook;
 * and how many times as long it has to begin with that.
 */
const NOW_LIMIT = 550;
const UNTIL_HOOK = 20;

export class Crew {
  readonly ended: Promise<CrewEnd>;
  /** Resolves once all members are up and have their settings. */
  readonly complete: Promise<void>;
  private readonly roles: readonly Role[];
  private readonly missing: Set<Member>;
  private readonly unfinished: Set<Member>;
  private readonly upTimer: NodeJS.Timeout;
  private isWatching = false;
  private isOver = false;
  /** Announces the end of the initial walk; set once the walk is over. */
  private walk: (() => void) | undefined;
  private readonly statuses = new Map<Member, DaemonStatus>();
  private readonly answers: StateAnswers;
  private readonly standby: Standby;
  private settle: (end: CrewEnd) => void = () => undefined;
  private isComplete: () => void = () => undefined;

  /** Throws ClsyncError when the members cannot be started. */
  constructor(
    private readonly sandbox: Sandbox,
    /** As they are by then: they change while it runs. */
    private readonly settings: () => RoleSettings,
    private readonly tell: Tell,
    private readonly monitor: Monitor,
    /** Those of each member, which outlast a crew. */
    quotas: ReadonlyMap<Member, Quota>,
    /** Why the ground the roles are bound to is no longer at its paths; undefined while it is. */
    private readonly loss: () => ClsyncError | undefined,
  ) {
    const say = (level: Level, text: string): void => tell({ kind: 'record', level, text });
    this.answers = new StateAnswers(say);
    this.standby = new Standby(monitor, say);
    this.ended = new Promise((resolve) => (this.settle = resolve));
    this.complete = new Promise((resolve) => (this.isComplete = resolve));
    const crew = membersOf(sandbox);
    this.missing = new Set(crew);
    this.unfinished = new Set(crew.filter(({ role }) => role === 'executor'));
    this.roles = [...launchCrew(sandbox, monitor)].map(([member, process]) => {
      tell({ kind: 'roleStarted', member, pid: process.pid });
      void process.exited.then(() => {
        // Later, another crew may have its place.
        if (!this.isOver) tell({ kind: 'roleEnded', member });
      });
      return new Role(member, process, quotas.get(member) as Quota, {
        heard: (message) => this.heard(member, message),
        lost: (error) => this.lost(error),
      });
    });
    for (const role of this.roles) role.start();
    const names = (): string => [...this.missing].map(({ name }) => name).join(' and the ');
    this.upTimer = setTimeout(() => this.lost(new ClsyncError('ROLE_SILENT', names())), UP_LIMIT);
  }

  get watching(): boolean {
    return this.isWatching;
  }

  /**
   * Whether an executor runs the exit hook, or the hook before the end: ending it must wait for
   * that.
   */
  private get inHook(): boolean {
    const statuses = [...this.statuses.values()];
    return statuses.some((status) => status === 'preexit' || status === 'exiting');
  }

  /** Sends an order to all members of a role. Returns them. */
  order<N extends MessageName>(role: SandboxedRole, name: N, payload: Payload<N>): Member[] {
    this.tell({ kind: 'record', level: 'debug4', text: `master to ${role}: ${name}` });
    const all = this.all(role);
    for (const one of all) one.order(name, payload);
    return all.map(({ member }) => member);
  }

  /**
   * Ends all members; resolves when no process of the crew is left but those that wait in the
   * kernel.
   * @param urgency asked while it lasts
   */
  async end(urgency: () => Urgency, behind: LeftBehind): Promise<readonly LeftProcess[]> {
    clearTimeout(this.upTimer);
    this.answers.end();
    const most = urgency() === 'now' ? GRACE_NOW : Infinity;
    let isOver = false;
    const over = Promise.all(
      this.roles.map((one) => one.end(Math.min(ROLES[one.member.role].grace, most))),
    ).then(() => (isOver = true));
    await Promise.all(this.roles.map(({ exited, killed }) => Promise.race([exited, killed])));
    const limits = (): Limits => PATIENCE[urgency()];
    const left = await behind.besides(() => isOver, limits, over);
    this.isOver = true;
    this.monitor.endGroup(left.length > 0 ? 0 : limits().least);
    return left;
  }

  /** Reports that the crew cannot go on, and why. Only the first report counts. */
  lost(error: ClsyncError): void {
    this.settle({ kind: 'lost', error });
  }

  /** Kills the executors and everything they run. One that does not end of it counts as lost. */
  kill(): void {
    for (const one of this.all('executor')) one.kill();
    const lost = new ClsyncError('ROLE_DIED', 'the executor', 'it waits in the kernel');
    setTimeout(() => this.lost(lost), PATIENCE.now.least);
  }

  /** The same once the executors have had their time. @param hasHook there is an exit hook */
  killLater(hasHook: boolean): void {
    let left = hasHook ? UNTIL_HOOK : 1;
    const timer = setInterval(() => {
      if (--left <= 0 && !this.inHook) this.kill();
    }, NOW_LIMIT);
    void this.ended.then(() => clearInterval(timer));
  }

  private all(role: SandboxedRole): readonly Role[] {
    return this.roles.filter(({ member }) => member.role === role);
  }

  private heard(member: Member, message: Message): void {
    const tell = (): void => this.tell({ kind: 'message', member, message });
    switch (message.name) {
      case 'watcherUp':
      case 'executorUp':
        return this.up(member);
      case 'watching':
        this.walk = tell;
        return this.tellWatching();
      case 'rulesDone':
        return this.tell({ kind: 'rulesDone' });
      case 'status':
        this.statuses.set(member, statusOf(message.status));
        tell();
        return this.role(member).send('statusKnown', {});
      case 'stateUsed':
        return this.answers.heard(message.isUsed === 1);
      case 'standbyAsked':
        return this.standbyAsked(member);
      case 'finished':
        return this.finished(member, message);
      case 'watcherFatal':
      case 'executorFatal':
        tell();
        return this.fatal(message);
      case 'rootGone':
        return this.lost(
          new ClsyncError('WATCH_DIR_GONE', display(this.settings().watcher.watchDirectory)),
        );
      default:
        return tell();
    }
  }

  private standbyAsked(member: Member): void {
    const waited = this.standby.ask(
      member,
      () => this.settings().executor.standbyFile,
      (isThere) => this.role(member).send('standby', { isThere: isThere ? 1 : 0 }),
    );
    if (!waited) this.lost(new ClsyncError('PEER_BROKEN', member.name, 'it asks without end'));
  }

  private role(wanted: Member): Role {
    const found = this.roles.find(({ member }) => member === wanted);
    if (found === undefined) throw new Error(`the ${wanted.name} is not of this crew`);
    return found;
  }

  /**
   * The watcher begins its walk at once, because a large tree takes long. The executors begin once
   * all members are up.
   */
  private up(member: Member): void {
    this.missing.delete(member);
    const { handlers } = this.sandbox;
    if (member.role === 'watcher' && this.settings().executor.verifies === undefined) {
      this.role(member).send('watch', { settings: this.settings().watcher });
      this.role(member).sendHeld();
    }
    if (this.missing.size > 0) return;
    clearTimeout(this.upTimer);
    // The ground may have left its paths since it was opened for the views.
    const loss = this.loss();
    if (loss !== undefined) return this.lost(loss);
    const others = this.all('watcher').map(({ pid }) => pid);
    for (const one of this.all('executor')) {
      one.send('execute', {
        settings: this.settings().executor,
        handlers: { ...handlers, ...shield(this.sandbox, [this.monitor.pid, ...others]) },
      });
      one.sendHeld();
    }
    this.isComplete();
    this.tellWatching();
  }

  /**
   * Announces that the tree is watched, but only once the crew is complete: until then a failing
   * member is an error of the start.
   */
  private tellWatching(): void {
    if (this.walk === undefined || this.missing.size > 0) return;
    this.isWatching = true;
    this.walk();
  }

  /** The daemon ends with the first executor that fails, or when all have finished. */
  private finished(member: Member, { exit, text }: Payload<'finished'>): void {
    this.unfinished.delete(member);
    if (exit !== 0 || this.unfinished.size === 0) this.settle({ kind: 'finished', exit, text });
  }

  private fatal({ code, text }: { readonly code: string; readonly text: string }): void {
    // The one that broke the protocol may be one that an attacker has taken over: all start anew.
    if (code === 'PEER_BROKEN') return this.lost(new ClsyncError('PEER_FATAL', text));
    const exit = Object.hasOwn(ERRORS, code)
      ? ERRORS[code as ErrorCode].exit
      : ERRORS.ROLE_DIED.exit;
    this.settle({ kind: 'failed', error: new Error(text), exit });
  }
}
