/**
 * The running daemon: the supervisor, and the orders a user gives by signals and over the control
 * socket.
 */
import { display } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { ClsyncError } from '../shared/errors.js';
import { FINISH, HELD } from '../shared/messages.js';
import type { Message, Payload } from '../shared/messages.js';
import { isShown } from '../shared/report.js';
import { RECORDS } from '../shared/state/files.js';
import type { Records } from '../shared/state/records.js';
import { findOption } from './options/table.js';
import { isInBackground } from './background.js';
import { Changes } from './ground/changes.js';
import type { Ground } from './ground/ground.js';
import { recalledFrom } from './ground/recalled.js';
import { instanceOf } from './instance.js';
import { groundOf, placesToWatch } from './granted-places.js';
import { KeptFile, KeptFiles } from './kept-files.js';
import { reasonOf } from './open-path.js';
import { givenDescriptor } from './read-file.js';
import { judgeOf } from './trust.js';
import { isWatching, Ledger } from './ledger.js';
import { layCopies } from './launch-crew.js';
import { handOver } from './monitor/hand-over.js';
import { Monitor } from './monitor/monitor.js';
import type { Sandbox, SandboxPlan } from './sandbox/decision.js';
import { absenceOf, removeCgroup } from './sandbox/cgroup.js';
import { memoryNews } from './sandbox/cgroup-memory.js';
import { planSandbox } from './sandbox/plan.js';
import type { SandboxSettings } from './sandbox/settings.js';
import { confineMaster, shedGroups } from './sandbox/master.js';
import type { Configuration } from './settings/configuration.js';
import { load, reloadRules } from './settings/load.js';
import type { Loaded } from './settings/load.js';
import type { StartContext } from './settings/start-context.js';
import { absolute } from '../shared/program-search.js';
import { posix } from './posix.js';
import { Questions } from './questions.js';
import type { FileContent } from './read-file.js';
import type { Orders } from './signals.js';
import { ControlSocket } from './surface/control.js';
import type { ControlTarget } from './surface/control-commands.js';
import { accessOf } from './surface/control-rights.js';
import type { DumpSink } from './surface/dump.js';
import { Dumps } from './surface/dumps.js';
import { EventLog } from './surface/event-log.js';
import { openLog } from './surface/log-file.js';
import { logSettings } from './surface/log-settings.js';
import { factsOf, startInWords } from './surface/start-line.js';
import { statusOf } from './surface/status.js';
import type { Steering } from './surface/steering-commands.js';
import type { Facts } from './surface/status.js';
import { ListsDirectory } from './surface/lists-directory.js';
import type { Log } from './surface/log.js';
import { newsLog } from './surface/news-log.js';
import { Notifier } from './surface/notify.js';
import { MetricsFile } from './surface/metrics-file.js';
import { OwnFiles } from './surface/own-files.js';
import { RoleOutput } from './surface/role-output.js';
import { heldOf } from './state.js';
import type { DaemonState } from './state.js';
import { close } from './state-directory.js';
import type { StateDirectory } from './state-directory.js';
import { stateOf } from './settings/load-state.js';
import { Supervisor } from './supervisor.js';
import type { DaemonEnd, Recalled } from './supervisor.js';

/** Milliseconds until a removed file of the daemon is written again. */
const RESTORE_DELAY = 500;
/** Milliseconds for which the last processes are waited for, none of which waits in the kernel. */
const ENDING = 2000;

export class Daemon implements Orders, ControlTarget {
  private readonly ledger: Ledger;
  private readonly kept = new KeptFiles();
  private readonly dumps: Dumps;
  private readonly events = new EventLog();
  private readonly questions = new Questions(
    (name, payload) => this.supervisor?.ask(name, payload) ?? false,
  );
  private readonly files: OwnFiles;
  private readonly metrics: MetricsFile | undefined;
  private readonly output: RoleOutput;
  private readonly sandbox: Sandbox;
  private readonly lists: ListsDirectory | undefined;
  /** Of `--state-dir`. */
  private readonly durable: StateDirectory | undefined;
  private supervisor: Supervisor | undefined;
  /** Orders for the supervisor that came before it was there. */
  private readonly early: ((supervisor: Supervisor) => void)[] = [];
  private restoring: NodeJS.Timeout | undefined;

  /**
   * Throws ClsyncError when a file of the daemon (pid, status) cannot be written, or the roles
   * cannot be confined.
   */
  constructor(
    private configuration: Configuration,
    private loaded: Loaded,
    private readonly around: StartContext,
    private readonly log: Log,
    plan: (settings: SandboxSettings) => SandboxPlan = planSandbox,
  ) {
    const { 'pid-file': pidFile, 'status-file': statusFile } = loaded.options;
    this.files = new OwnFiles(this.here(pidFile), this.here(statusFile), this.kept, (text) =>
      log.write('warning', text),
    );
    const notifier = new Notifier(process.env);
    const { 'metrics-file': metricsFile } = loaded.options;
    if (metricsFile !== undefined)
      this.metrics = new MetricsFile(
        absolute(metricsFile, around.directory),
        this.kept,
        () => statusOf(this.state, this.facts, true),
        (text) => log.write('warning', text),
      );
    const { 'log-file': logFile } = loaded.options;
    if (logFile !== undefined) openLog(log, this.kept, absolute(logFile, around.directory));
    this.ledger = new Ledger(instanceOf(loaded));
    this.dumps = new Dumps(this.kept, this.ledger, () => this.supervisor?.describe());
    this.keepPlaces();
    this.keepConfiguration();
    this.output = new RoleOutput(log, {
      gathered:
        isInBackground() || log.hasFile || (log.output === 'syslog' && !loaded.options.compat),
      unchanged: loaded.options.compat,
    });
    const told = newsLog({
      write: (level, text) => {
        this.output.takeNow();
        log.write(level, text);
      },
      progress: (text) => log.progress(text),
    });
    const { events, questions, files } = this;
    const others = this.metrics === undefined ? [] : [this.metrics];
    for (const { follow } of [{ follow: told }, files, notifier, events, questions, ...others])
      this.ledger.subscribe(follow);
    const { listsDirectory } = loaded.paths;
    // Before the sandboxes are planned: a view can only show what exists.
    this.lists = listsDirectory === undefined ? undefined : ListsDirectory.make(listsDirectory);
    try {
      this.durable = stateOf(loaded);
      if (this.durable?.aside !== undefined) log.write('warning', this.durable.aside);
      this.sandbox = this.output.givenTo(plan(loaded.sandbox), this.durable?.descriptors ?? []);
      this.lists?.give(this.sandbox.executor.identity);
    } catch (error) {
      this.lists?.remove();
      this.output.close();
      close(this.durable?.descriptors ?? []);
      throw error;
    }
  }

  /**
   * Runs until the daemon ends. Calls `ready` once the tree is watched. Rejects with ClsyncError
   * when the daemon cannot start.
   */
  async run(ready: () => void): Promise<DaemonEnd> {
    const { sandbox } = this;
    let control: ControlSocket | undefined;
    let changes: Changes | undefined;
    let monitor: Monitor | undefined;
    try {
      shedGroups(sandbox);
      monitor = Monitor.launch(sandbox);
      monitor.told = (request) => this.log.write('debug5', request);
      // From here on it is the executor's.
      close(sandbox.state);
      for (const missing of sandbox.missing) this.log.write('warning', missing);
      for (const [level, text] of absenceOf(sandbox.cgroup)) this.log.write(level, text);
      // First: where another daemon has the socket, no file is written.
      control = await this.openControl();
      this.files.write(this.ledger.state);
      this.metrics?.write();
      this.log.write('info', startInWords(this.loaded, sandbox));
      await monitor.up;
      const unsubscribe = this.ledger.subscribe((news) => {
        // One that waits for its destination has started as well.
        if (!isWatching(news) && news.kind !== 'holding') return;
        unsubscribe();
        ready();
      });
      changes = new Changes(
        placesToWatch(this.loaded.sandbox, this.kept),
        sandbox.copies?.originals,
      );
      changes.listen(() => this.restoreSoon(control));
      changes.listen(() => sandbox.copies?.refresh());
      this.supervisor = this.handOver(monitor, changes);
      for (const order of this.early.splice(0)) order(this.supervisor);
      return await this.supervisor.run();
    } finally {
      clearTimeout(this.restoring);
      changes?.close();
      this.output.close();
      control?.close();
      monitor?.end(this.supervisor?.leaves === true ? 0 : ENDING);
      if (sandbox.cgroup !== undefined) removeCgroup(sandbox.cgroup);
      sandbox.copies?.close();
      this.lists?.remove();
      this.files.remove();
      this.metrics?.remove();
      this.kept.close();
    }
  }

  /** Calls `hear` with what the roles say. */
  hears(hear: (message: Message) => void): void {
    this.ledger.subscribe((news) => {
      if (news.kind === 'message') hear(news.message);
    });
  }

  // Orders given by signals, and over the control socket.

  endNow(by = 'a signal'): void {
    this.log.write('info', `told to end by ${by}`);
    this.ledger.tell({ kind: 'stopping' });
    this.order((supervisor) => supervisor.finish(FINISH.now));
  }

  endSoon(by = 'a signal'): void {
    this.log.write('info', `told to end by ${by}, once what runs is done`);
    this.ledger.tell({ kind: 'stopping' });
    const { afterPending, afterRunning } = FINISH;
    const how = this.loaded.options['sync-on-quit'] ? afterPending : afterRunning;
    this.order((supervisor) => supervisor.finish(how));
  }

  rereadRules(): void {
    this.reopenLog();
    this.attempt('all options stay as they were', () => this.rereadConfiguration());
    this.attempt('the rules stay as they were', () => this.rereadRulesFile());
  }

  private rereadRulesFile(): void {
    this.loaded = reloadRules(this.loaded, this.around);
    const { links } = this.loaded.rulesFile ?? {};
    if (links !== undefined) this.log.write('warning', links);
    this.ledger.tell({ kind: 'rehashing' });
    this.supervisor?.adjust(this.loaded.executor);
    this.supervisor?.rules(this.loaded.watcher);
  }

  resync(): void {
    this.log.write('info', 'a full sync was asked for');
    this.supervisor?.resync();
    // Ends the delay after a failure now, not only after the walk.
    this.supervisor?.interrupt();
  }

  approve(): void {
    this.log.write('info', 'what is held was approved');
    this.order((supervisor) => supervisor.approve());
  }

  tidy(): void {
    const { status } = this.ledger.state;
    this.ledger.tell({ kind: 'tidying' });
    this.ledger.tell({ kind: 'tidied', before: status });
  }

  interrupt(): void {
    this.supervisor?.interrupt();
  }

  useBlock(block: string): void {
    this.attempt(`block [${block}] is not used`, () => {
      const { configuration, fixed } = this.configuration.withBlock(block);
      this.change(configuration);
      for (const option of fixed)
        this.log.write(
          'warning',
          `block [${block}]: ${new ClsyncError('FIXED_OPTION', option).message}`,
        );
      this.log.write('info', `the options of block [${block}] are in force`);
    });
  }

  dump(): void {
    this.dumps.write().then(
      () => this.log.write('info', 'the inner state was dumped'),
      (error: unknown) => this.report(error),
    );
  }

  readonly steering: Steering = {
    status: (detail) => statusOf(this.state, this.facts, detail),
    pending: (under) => this.questions.pending(under),
    events: this.events,
    pause: (isPaused) => this.order((supervisor) => supervisor.pause(isPaused)),
    flush: (limit) => this.questions.flush(limit),
    resyncPath: (path) => {
      this.log.write('info', `a sync of "${display(path)}" was asked for`);
      this.supervisor?.resyncPath(path);
    },
    reload: () => {
      this.log.write('info', 'the configuration is read again, as was asked for');
      this.reopenLog();
      const kept = this.rereadConfiguration();
      this.rereadRulesFile();
      return kept;
    },
    logLevel: (level) => {
      const { options, executor } = this.loaded;
      this.log.configure({ ...logSettings(options), quiet: false, level });
      const shown = isShown('info', level) ? level : 'info';
      this.loaded = { ...this.loaded, executor: { ...executor, logLevel: shown } };
      this.supervisor?.adjust(this.loaded.executor);
    },
  };

  private order(give: (supervisor: Supervisor) => void): void {
    if (this.supervisor === undefined) this.early.push(give);
    else give(this.supervisor);
  }

  private get facts(): Facts {
    return factsOf(this.loaded, this.sandbox);
  }

  get state(): DaemonState {
    return this.ledger.state;
  }

  async dumpTo(directory: BytePath): Promise<void> {
    await this.dumps.write(absolute(directory, this.around.directory));
  }

  describeTo(sink: DumpSink): Promise<void> {
    return this.dumps.send(sink);
  }

  set(option: BytePath, value: BytePath, paths: boolean): void {
    const name = findOption(option);
    if (name === undefined)
      throw new ClsyncError('UNKNOWN_OPTION', display(option), 'see clsync --help');
    if (name === 'output' && this.log.hasFile)
      throw new ClsyncError('CONFLICT', '--output', 'messages go to the file of --log-file');
    const changed = this.configuration.with({ name, text: value, bare: false, origin: name });
    if (!paths) changed.checkSamePaths(this.configuration);
    this.change(changed);
    this.log.write('info', `${name} is now "${display(value)}"`);
  }

  setRules(path: BytePath, bytes: Buffer): void {
    const name = 'rules-file';
    const changed = this.configuration.with({ name, text: path, bare: false, origin: name });
    this.change(changed, { bytes, isPublic: false });
    this.log.write('info', `${name} is now "${display(path)}", as it was sent`);
  }

  /**
   * Puts changed options into force. Throws ClsyncError; then nothing has changed.
   * @param rules what the rules file has; undefined: it is read
   */
  private change(configuration: Configuration, rules?: FileContent): void {
    const sameRules =
      rules === undefined &&
      configuration.resolve().values['rules-file'] === this.loaded.options['rules-file'];
    const loaded = load(configuration, this.around, this.loaded, { sameRules, rules });
    try {
      this.log.configure(logSettings(loaded.options));
    } catch (error) {
      if (!sameRules) loaded.rulesFile?.close();
      throw error;
    }
    [this.configuration, this.loaded] = [configuration, loaded];
    this.keepPlaces();
    this.ledger.tell({ kind: 'configured', instance: instanceOf(loaded) });
    this.supervisor?.adjust(loaded.executor);
    if (!sameRules) this.supervisor?.rules(loaded.watcher);
  }

  /** So that it can be read again. One that came by a descriptor cannot. */
  private keepConfiguration(): void {
    const { file } = this.configuration;
    if (file === undefined || givenDescriptor(file) !== undefined) return;
    const path = absolute(file, this.around.directory);
    const judge = judgeOf({ trustFiles: this.loaded.options['trust-files'] });
    try {
      this.kept.set('--config-file', new KeptFile('--config-file', path, judge));
    } catch (error) {
      this.log.write('warning', `${display(path)} will not be read again: ${reasonOf(error)}`);
    }
  }

  /** What is gone back to, as the options say. */
  private keepPlaces(): void {
    this.kept.set('--rules-file', this.loaded.rulesFile);
    this.dumps.keep(absolute(this.loaded.options['dump-dir'], this.around.directory));
  }

  /** Delayed, because whoever removes one file may go on to remove its directory. */
  private restoreSoon(control: ControlSocket | undefined): void {
    this.restoring ??= setTimeout(() => {
      this.restoring = undefined;
      this.files.restore();
      this.metrics?.restore();
      void control?.restore();
    }, RESTORE_DELAY);
  }

  /** From here on the monitor does what takes the starter's rights. Throws ClsyncError. */
  private handOver(monitor: Monitor, changes: Changes): Supervisor {
    const { kept, lists, sandbox, loaded, ledger } = this;
    const { 'destination-may-change': destinationMayChange } = loaded.options;
    const ground = groundOf({ ...loaded.sandbox, destinationMayChange }, changes, {
      record: (level, text) => ledger.tell({ kind: 'record', level, text }),
      holding: () => ledger.tell({ kind: 'holding' }),
      isDoubted: () => heldOf(ledger.state)?.why === HELD.doubt,
      restore: () => lists?.restore(),
    });
    ground.take();
    layCopies(sandbox);
    const access = accessOf(loaded.options);
    handOver(monitor, { sandbox, ground, kept, lists, access, ...loaded.paths });
    ledger.subscribe(memoryNews(sandbox.cgroup?.memory ?? [], ledger.tell));
    const recalled = this.durable && recallBy(this.durable.records, ground);
    const confine = (): void => {
      this.log.prepare();
      posix();
      confineMaster(sandbox.master, (call, count) =>
        ledger.tell({ kind: 'refused', role: 'master', call, count }),
      );
    };
    const held = (): Payload<'held'> | undefined => heldOf(ledger.state);
    const { tell } = ledger;
    return new Supervisor(sandbox, monitor, loaded, ground, tell, confine, held, recalled);
  }

  /** What of it is not in force, a sentence each. */
  private rereadConfiguration(): readonly string[] {
    const kept = this.kept.row('--config-file');
    if (kept === undefined) return [];
    const { configuration, fixed } = this.configuration.withContent(this.contentOf(kept));
    this.change(configuration);
    const sentences = [
      ...configuration.unknownKeys,
      ...fixed.map((option) => new ClsyncError('FIXED_OPTION', option).message),
    ];
    for (const sentence of sentences) this.log.write('warning', sentence);
    return sentences;
  }

  private contentOf(kept: KeptFile): FileContent {
    try {
      return kept.read();
    } catch (error) {
      throw new ClsyncError('CONFIG_UNREADABLE', display(kept.path), reasonOf(error));
    }
  }

  /** Whoever rotates logs has moved the file away. */
  private reopenLog(): void {
    const { 'log-file': path } = this.loaded.options;
    if (path === undefined) return;
    this.attempt('the file that is open is written to', () =>
      openLog(this.log, this.kept, absolute(path, this.around.directory)),
    );
  }

  private report(error: unknown, consequence = ''): void {
    if (!(error instanceof ClsyncError)) throw error;
    this.log.write('error', error.message + consequence);
  }

  private attempt(otherwise: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.report(error, `; ${otherwise}`);
    }
  }

  private async openControl(): Promise<ControlSocket | undefined> {
    const path = this.here(this.loaded.options.socket);
    if (path === undefined) return undefined;
    const access = accessOf(this.loaded.options);
    return ControlSocket.open(path, this.kept, access, this, (text) =>
      this.log.write('warning', text),
    );
  }

  private here(path: BytePath | undefined): BytePath | undefined {
    return path === undefined ? undefined : absolute(path, this.around.directory);
  }
}

/** Tells the ground what an earlier run has left in the state; returns why it doubted the source. */
function recallBy(records: Records, ground: Ground): Recalled {
  ground.recall(recalledFrom(records.get(RECORDS.ground)));
  const doubt = records.get(RECORDS.doubt);
  return {
    doubt: typeof doubt === 'string' ? doubt : undefined,
    isPaused: records.get(RECORDS.paused) === true,
  };
}
