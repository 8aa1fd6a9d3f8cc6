/**
 * The crew: the roles that work together, joined by socketpairs. One watcher, and an executor for
 * each destination. A crew lasts from the start of its members to the end of any of them; of
 * several executors one may leave and join again, while the others go on.
 */
import { display } from '../shared/bytes.js';
import { ClsyncError } from '../shared/errors.js';
import type { Finish, Message, MessageName, Payload } from '../shared/messages.js';
import type { Level } from '../shared/report.js';
import { endsByItself } from '../shared/settings.js';
import type { ExecutorSettings } from '../shared/settings.js';
import { Attendance } from './attendance.js';
import { GRACE_NOW, PATIENCE, UP_LIMIT } from './crew-terms.js';
import type { CrewEnd, CrewEvents, RoleSettings, Urgency } from './crew-terms.js';
import { failureOf } from './daemon-end.js';
import { Finishing } from './finishing.js';
import { Hurry } from './hurry.js';
import { statusOf } from './ledger.js';
import type { Tell } from './ledger.js';
import { launchCrew } from './launch-crew.js';
import type { LeftBehind, LeftProcess, Limits } from './left-behind.js';
import type { Quota } from './quota.js';
import { Role } from './role.js';
import type { Sandbox } from './sandbox/decision.js';
import type { Monitor } from './monitor/monitor.js';
import { handlersOf } from './sandbox/handlers.js';
import { ROLES } from './sandbox/roles.js';
import type { Member, SandboxedRole } from './sandbox/roles.js';
import { Standby } from './standby.js';
import { StateAnswers } from './state-answers.js';

export class Crew {
  readonly ended: Promise<CrewEnd>;
  /** Resolves once all members are up and have their settings. */
  readonly complete: Promise<void>;
  private readonly attendance = new Attendance<Role>();
  private readonly upTimer: NodeJS.Timeout;
  private isWatching = false;
  private isOver = false;
  private isFull = false;
  private isSettled = false;
  private readonly finishing = new Finishing((end) => this.settle(end));
  /** Announces the end of the initial walk; set once the walk is over. */
  private walk: (() => void) | undefined;
  readonly hurry = new Hurry(
    () => this.attendance.all('executor'),
    (error) => this.lost(error),
  );
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
    private readonly quotas: ReadonlyMap<Member, Quota>,
    private readonly events: CrewEvents,
    members: readonly Member[],
  ) {
    const say = (level: Level, text: string): void => tell({ kind: 'record', level, text });
    this.answers = new StateAnswers(say);
    this.standby = new Standby(monitor, say);
    this.ended = new Promise((resolve) => (this.settle = resolve));
    void this.ended.then(() => (this.isSettled = true));
    this.complete = new Promise((resolve) => (this.isComplete = resolve));
    this.start(members);
    const silent = (): void => this.lost(new ClsyncError('ROLE_SILENT', this.attendance.missing));
    this.upTimer = setTimeout(silent, UP_LIMIT);
  }

  get watching(): boolean {
    return this.isWatching;
  }

  /** Starts an executor that is away; what is in the tree is told to it. Throws ClsyncError. */
  join(member: Member): void {
    for (const role of this.start([member]))
      this.attendance.unlessUp(role, UP_LIMIT, () =>
        this.leave(member, new ClsyncError('ROLE_SILENT', member.name)),
      );
    this.order('watcher', 'join', {});
  }

  /**
   * Ends one executor of several while the others go on; of one, or before all were there, the
   * crew. It is told when nothing is left of it.
   */
  leave(member: Member, error: ClsyncError): void {
    const role = this.attendance.of(member);
    if (role === undefined || this.isSettled) return;
    if (member.role !== 'executor' || !this.hasOthers || !this.isFull) return this.lost(error);
    const isDone = this.finishing.hasFinished(member) || this.finishing.hasBegun;
    this.hurry.status(member, undefined);
    this.answers.left(member);
    void this.attendance.leave(role, ROLES.executor.grace).then(() => {
      if (!this.isSettled && !isDone) this.events.left(member, error);
    });
    this.finishing.left(member);
  }

  finish(how: Finish): void {
    this.order('executor', 'finish', { how });
    this.finishing.begin();
  }

  adjust(): void {
    for (const one of this.attendance.all('executor'))
      one.order('adjust', { settings: this.settingsOf(one.member) });
  }

  /** Whether one may be away while others go on: a comparison is of all. */
  private get hasOthers(): boolean {
    const [first] = this.settings().executors;
    return this.sandbox.others.length > 0 && first?.verifies === undefined;
  }

  private settingsOf({ destination }: Member): ExecutorSettings {
    return this.settings().executors[destination] as ExecutorSettings;
  }

  private start(members: readonly Member[]): readonly Role[] {
    const roles: Role[] = [];
    for (const [member, process] of launchCrew(this.sandbox, this.monitor, members)) {
      this.tell({ kind: 'roleStarted', member, pid: process.pid });
      void process.exited.then(() => {
        // Later, another crew may have its place.
        if (!this.isOver) this.tell({ kind: 'roleEnded', member });
      });
      const events = {
        heard: (message: Message) => this.heard(member, message),
        lost: (error: ClsyncError) => this.leave(member, error),
      };
      const role = new Role(member, process, this.quotas.get(member) as Quota, events);
      roles.push(role);
      this.attendance.join(role);
      if (member.role === 'executor') this.finishing.runs(member);
    }
    for (const role of roles) role.start();
    return roles;
  }

  /** Sends an order to all members of a role. Returns them. */
  order<N extends MessageName>(role: SandboxedRole, name: N, payload: Payload<N>): Member[] {
    this.tell({ kind: 'record', level: 'debug4', text: `master to ${role}: ${name}` });
    const all = this.attendance.all(role);
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
    this.hurry.stop();
    this.answers.end();
    const most = urgency() === 'now' ? GRACE_NOW : Infinity;
    let isOver = false;
    const roles = this.attendance.everyone;
    const over = Promise.all(
      roles.map((one) => one.end(Math.min(ROLES[one.member.role].grace, most))),
    ).then(() => (isOver = true));
    await Promise.all(roles.map(({ exited, killed }) => Promise.race([exited, killed])));
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

  private heard(member: Member, message: Message): void {
    const role = this.attendance.of(member);
    if (role === undefined) return;
    const tell = (): void => this.tell({ kind: 'message', member, message });
    switch (message.name) {
      case 'watcherUp':
      case 'executorUp':
        return this.up(role);
      case 'watching':
        this.walk = tell;
        return this.tellWatching();
      case 'rulesDone':
        return this.tell({ kind: 'rulesDone' });
      case 'status':
        this.hurry.status(member, statusOf(message.status));
        tell();
        return role.send('statusKnown', {});
      case 'stateUsed':
        return this.answers.heard(member, message.isUsed === 1);
      case 'standbyAsked':
        return this.standbyAsked(member);
      case 'finished':
        return this.finished(member, message);
      case 'watcherFatal':
      case 'executorFatal':
        tell();
        return this.fatal(member, message);
      case 'deaf':
        for (const { member: one } of this.attendance.all('executor'))
          if (one.destination === message.executor)
            this.leave(one, new ClsyncError('ROLE_DEAF', one.name));
        return;
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
      () => this.settingsOf(member).standbyFile,
      (isThere) => this.attendance.of(member)?.send('standby', { isThere: isThere ? 1 : 0 }),
    );
    if (!waited)
      this.leave(member, new ClsyncError('PEER_BROKEN', member.name, 'it asks without end'));
  }

  /**
   * The watcher begins its walk at once, because a large tree takes long. The executors begin once
   * all members are up.
   */
  private up(role: Role): void {
    this.attendance.isUp(role);
    if (this.isFull) return this.execute(role);
    const [first] = this.settings().executors;
    if (role.member.role === 'watcher' && first?.verifies === undefined) {
      role.send('watch', { settings: this.settings().watcher });
      role.sendHeld();
    }
    if (!this.attendance.isFull) return;
    clearTimeout(this.upTimer);
    // The ground may have left its paths since it was opened for the views.
    const loss = this.events.loss();
    if (loss !== undefined) return this.lost(loss);
    for (const one of this.attendance.all('executor')) this.execute(one);
    this.isFull = true;
    this.isComplete();
    this.tellWatching();
  }

  private execute(one: Role): void {
    const others = this.attendance.here.filter((other) => other !== one).map(({ pid }) => pid);
    one.send('execute', {
      settings: this.settingsOf(one.member),
      handlers: handlersOf(this.sandbox, one.member, [this.monitor.pid, ...others]),
    });
    one.sendHeld();
  }

  /**
   * Announces that the tree is watched, but only once the crew is complete: until then a failing
   * member is an error of the start.
   */
  private tellWatching(): void {
    if (this.walk === undefined || !this.isFull) return;
    this.isWatching = true;
    this.walk();
  }

  /**
   * The daemon ends when all have finished. One of several that gives up is started again, unless
   * they end by themselves.
   */
  private finished(member: Member, end: Payload<'finished'>): void {
    const { hasBegun } = this.finishing;
    const goesOn = this.hasOthers && !hasBegun && !endsByItself(this.settingsOf(member));
    if (goesOn && end.exit !== 0) return this.leave(member, new ClsyncError('GAVE_UP', end.text));
    const { destination } = this.settingsOf(member);
    const isNamed = this.sandbox.others.length > 0 && end.text !== '' && destination !== undefined;
    const at = isNamed ? `${display(destination)}: ` : '';
    this.finishing.finished(member, { ...end, text: `${at}${end.text}` });
  }

  private fatal(member: Member, { code, text }: Payload<'executorFatal'>): void {
    // The one that broke the protocol may be one that an attacker has taken over: all start anew.
    if (code === 'PEER_BROKEN') return this.lost(new ClsyncError('PEER_FATAL', text));
    if (this.hasOthers && this.isFull && member.role === 'executor')
      return this.leave(member, new ClsyncError('PEER_FATAL', text));
    this.settle(failureOf(code, text));
  }
}
