/** What a user orders by signals and over the control socket. */
import { display } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { ClsyncError } from '../shared/errors.js';
import { FINISH } from '../shared/messages.js';
import { MODE_TRAITS } from '../shared/modes.js';
import { absolute } from '../shared/program-search.js';
import type { Confirmations } from './confirmations.js';
import type { Ledger } from './ledger.js';
import type { OptionsInForce } from './options-in-force.js';
import type { Compared, Questions } from './questions.js';
import type { Orders } from './signals.js';
import { heldOf } from './state.js';
import type { DaemonState } from './state.js';
import type { Supervisor } from './supervisor.js';
import type { ControlTarget } from './surface/control-commands.js';
import type { DumpSink } from './surface/dump.js';
import type { Dumps } from './surface/dumps.js';
import type { EventLog } from './surface/event-log.js';
import type { Log } from './surface/log.js';
import { statusOf } from './surface/status.js';
import type { Facts } from './surface/status.js';
import type { Steering } from './surface/steering-commands.js';

/** The parts of the daemon that orders go to. */
export interface OrderedParts {
  readonly log: Log;
  readonly ledger: Ledger;
  readonly inForce: OptionsInForce;
  readonly dumps: Dumps;
  readonly questions: Questions;
  readonly confirmations: Confirmations;
  readonly events: EventLog;
  /** Relative paths begin there. */
  readonly directory: BytePath;
  facts(): Facts;
  /** Undefined: no role runs. */
  supervisor(): Supervisor | undefined;
}

export class UserOrders implements Orders, ControlTarget {
  readonly steering: Steering;
  /** Orders for the supervisor that came before it was there. */
  private readonly early: ((supervisor: Supervisor) => void)[] = [];

  constructor(private readonly parts: OrderedParts) {
    const { log, inForce, questions, events } = parts;
    this.steering = {
      status: (detail) => statusOf(this.state, parts.facts(), detail),
      pending: (under) => questions.pending(under),
      events,
      pause: (isPaused) => this.order((supervisor) => supervisor.pause(isPaused)),
      flush: (limit) => questions.flush(limit),
      compare: (checksum) => this.compare(checksum),
      resyncPath: (path) => {
        log.write('info', `a sync of "${display(path)}" was asked for`);
        parts.supervisor()?.order('watcher', 'rescan', { path });
      },
      reload: () => inForce.reload(),
      logLevel: (level) => inForce.logLevel(level),
    };
  }

  private compare(checksum: boolean): Promise<Compared> {
    const { log, inForce, questions } = this.parts;
    const { mode } = inForce.loaded.executor;
    if (!MODE_TRAITS[mode].copies)
      return Promise.reject(new ClsyncError('NOT_COMPARED', `mode ${mode} compares nothing`));
    log.write('info', 'a comparison of source and destination was asked for');
    return questions.compare(checksum);
  }

  /** There is a supervisor now. */
  begin(supervisor: Supervisor): void {
    for (const order of this.early.splice(0)) order(supervisor);
  }

  private order(give: (supervisor: Supervisor) => void): void {
    const supervisor = this.parts.supervisor();
    if (supervisor === undefined) this.early.push(give);
    else give(supervisor);
  }

  get state(): DaemonState {
    return this.parts.ledger.state;
  }

  inForce(): Promise<void> {
    return this.parts.confirmations.inForce();
  }

  endNow(by = 'a signal'): void {
    const { log, ledger } = this.parts;
    log.write('info', `told to end by ${by}`);
    ledger.tell({ kind: 'stopping' });
    this.order((supervisor) => supervisor.finish(FINISH.now));
  }

  endSoon(by = 'a signal'): void {
    const { log, ledger, inForce } = this.parts;
    log.write('info', `told to end by ${by}, once what runs is done`);
    ledger.tell({ kind: 'stopping' });
    const { afterPending, afterRunning } = FINISH;
    const how = inForce.loaded.options['sync-on-quit'] ? afterPending : afterRunning;
    this.order((supervisor) => supervisor.finish(how));
  }

  rereadRules(): void {
    this.parts.inForce.reread();
  }

  useBlock(block: string): void {
    this.parts.inForce.useBlock(block);
  }

  set(option: BytePath, value: BytePath, paths: boolean): void {
    this.parts.inForce.set(option, value, paths);
  }

  setRules(path: BytePath, bytes: Buffer): void {
    this.parts.inForce.setRules(path, bytes);
  }

  resync(): void {
    const { log, supervisor } = this.parts;
    log.write('info', 'a full sync was asked for');
    supervisor()?.resync();
    // Ends the delay after a failure now, not only after the walk.
    supervisor()?.order('executor', 'interrupt', {});
  }

  approve(): boolean {
    const { log } = this.parts;
    let holds = heldOf(this.state) !== undefined;
    // What is held at the start is not known before it.
    if (this.parts.supervisor() === undefined) holds = true;
    this.order((supervisor) => (holds = supervisor.approve() || holds));
    log.write('info', holds ? 'what is held was approved' : 'approved, though nothing is held');
    return holds;
  }

  tidy(): void {
    const { ledger } = this.parts;
    const { status } = ledger.state;
    ledger.tell({ kind: 'tidying' });
    ledger.tell({ kind: 'tidied', before: status });
  }

  interrupt(): void {
    this.parts.supervisor()?.order('executor', 'interrupt', {});
  }

  dump(): void {
    const { log, dumps } = this.parts;
    dumps.write().then(
      () => log.write('info', 'the inner state was dumped'),
      (error: unknown) => {
        if (!(error instanceof ClsyncError)) throw error;
        log.write('error', error.message);
      },
    );
  }

  async dumpTo(directory: BytePath): Promise<void> {
    await this.parts.dumps.write(absolute(directory, this.parts.directory));
  }

  describeTo(sink: DumpSink): Promise<void> {
    return this.parts.dumps.send(sink);
  }
}
