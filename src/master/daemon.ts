/** The running daemon: its parts, its start and its end. */
import type { BytePath } from '../shared/bytes.js';
import { HELD } from '../shared/messages.js';
import type { Message, Payload } from '../shared/messages.js';
import { Changes } from './ground/changes.js';
import { Confirmations } from './confirmations.js';
import type { DaemonEnd } from './daemon-end.js';
import { instanceOf } from './instance.js';
import { groundsOf, placesToWatch } from './granted-places.js';
import { KeptFiles } from './kept-files.js';
import { isWatching, Ledger } from './ledger.js';
import { OptionsInForce } from './options-in-force.js';
import { layCopies } from './launch-crew.js';
import { handOver } from './monitor/hand-over.js';
import { Monitor } from './monitor/monitor.js';
import { executorsOf, membersOf } from './sandbox/decision.js';
import type { Sandbox } from './sandbox/decision.js';
import type { Member } from './sandbox/roles.js';
import { absenceOf, removeCgroup } from './sandbox/cgroup.js';
import { memoryNews } from './sandbox/cgroup-memory.js';
import { planSandbox } from './sandbox/plan.js';
import type { SandboxSettings } from './sandbox/settings.js';
import { confineMaster, shedGroups } from './sandbox/master.js';
import type { Configuration } from './settings/configuration.js';
import { executorsIn } from './settings/load.js';
import type { Loaded } from './settings/load.js';
import type { StartContext } from './settings/start-context.js';
import { absolute } from '../shared/program-search.js';
import { posix } from './posix.js';
import { Questions } from './questions.js';
import { leftInWords } from './left-behind.js';
import { ControlSocket } from './surface/control.js';
import { accessOf } from './surface/control-rights.js';
import { Dumps } from './surface/dumps.js';
import { factsOf, startInWords } from './surface/start-line.js';
import { statusOf } from './surface/status.js';
import type { Facts } from './surface/status.js';
import { ListsDirectory } from './surface/lists-directory.js';
import type { Log } from './surface/log.js';
import { Surfaces } from './surface/surfaces.js';
import { destinationAmongOthers, heldOf } from './state.js';
import { close } from './state-directory.js';
import type { StateDirectory } from './state-directory.js';
import { statesOf } from './settings/load-state.js';
import { Supervisor } from './supervisor.js';
import { recall } from './recall.js';
import { UserOrders } from './user-orders.js';

/** Milliseconds until a removed file of the daemon is written again. */
const RESTORE_DELAY = 500;
/** Milliseconds for which the last processes are waited for, none of which waits in the kernel. */
const ENDING = 2000;

export class Daemon {
  /** What users order goes there. */
  readonly orders: UserOrders;
  private readonly ledger: Ledger;
  private readonly kept = new KeptFiles();
  private readonly dumps: Dumps;
  private readonly questions = new Questions(
    (name, payload) => this.supervisor?.order('executor', name, payload) ?? [],
    () => membersOf(this.sandbox).filter(({ role }) => role === 'executor'),
    ({ name }) => destinationAmongOthers(this.ledger.state, name),
  );
  private readonly confirmations = new Confirmations(
    (role, name, payload) => this.supervisor?.order(role, name, payload) ?? [],
  );
  private readonly inForce: OptionsInForce;
  private readonly surfaces: Surfaces;
  private readonly sandbox: Sandbox;
  private readonly lists: readonly (ListsDirectory | undefined)[];
  /** Of `--state-dir`, of each destination; none without it. */
  private readonly durable: readonly StateDirectory[] = [];
  private supervisor: Supervisor | undefined;
  private restoring: NodeJS.Timeout | undefined;

  /**
   * Throws ClsyncError when a file of the daemon (pid, status) cannot be written, or the roles
   * cannot be confined.
   */
  constructor(
    configuration: Configuration,
    loaded: Loaded,
    private readonly around: StartContext,
    private readonly log: Log,
    plan: typeof planSandbox = planSandbox,
  ) {
    this.surfaces = new Surfaces(loaded, around.directory, log, this.kept, () =>
      statusOf(this.ledger.state, this.facts, true),
    );
    this.ledger = new Ledger(instanceOf(loaded));
    const ask = (): Member[] => [
      ...(this.supervisor?.order('watcher', 'describe', {}) ?? []),
      ...(this.supervisor?.order('executor', 'describeQueues', {}) ?? []),
    ];
    this.dumps = new Dumps(this.kept, this.ledger, ask, () => membersOf(this.sandbox));
    this.inForce = new OptionsInForce(configuration, loaded, {
      around,
      log,
      kept: this.kept,
      dumps: this.dumps,
      tell: this.ledger.tell,
      supervisor: () => this.supervisor,
    });
    this.orders = new UserOrders({
      log,
      ledger: this.ledger,
      inForce: this.inForce,
      dumps: this.dumps,
      questions: this.questions,
      confirmations: this.confirmations,
      events: this.surfaces.events,
      directory: around.directory,
      facts: () => this.facts,
      supervisor: () => this.supervisor,
    });
    this.surfaces.follow(this.ledger);
    this.ledger.subscribe(this.questions.follow);
    this.ledger.subscribe(this.confirmations.follow);
    // Before the sandboxes are planned: a view can only show what exists.
    this.lists = ListsDirectory.makeAll(
      [loaded, ...loaded.others].map(({ paths }) => paths.listsDirectory),
    );
    try {
      this.durable = statesOf(loaded);
      for (const { aside } of this.durable) if (aside !== undefined) log.write('warning', aside);
      const { output } = this.surfaces;
      this.sandbox = output.givenTo(
        plan(loaded.sandbox, sandboxesOf(loaded.others)),
        this.durable.map(({ descriptors }) => descriptors),
      );
      for (const [index, { executor }] of executorsOf(this.sandbox).entries())
        this.lists[index]?.give(executor.identity);
    } catch (error) {
      for (const lists of this.lists) lists?.remove();
      this.surfaces.output.close();
      for (const { descriptors } of this.durable) close(descriptors);
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
      for (const { state } of executorsOf(sandbox)) close(state);
      for (const missing of sandbox.missing) this.log.write('warning', missing);
      for (const [level, text] of absenceOf(sandbox.cgroup)) this.log.write(level, text);
      // First: where another daemon has the socket, no file is written.
      control = await this.openControl();
      this.surfaces.write(this.ledger.state);
      this.log.write('info', startInWords(this.loaded, sandbox), 'started');
      await monitor.up;
      const unsubscribe = this.ledger.subscribe((news) => {
        // One that waits for its destination has started as well.
        if (!isWatching(news) && news.kind !== 'holding') return;
        unsubscribe();
        ready();
      });
      changes = new Changes(
        placesToWatch(sandboxesOf([this.loaded, ...this.loaded.others]), this.kept),
        executorsOf(sandbox).flatMap(({ copies }) => copies?.originals ?? []),
      );
      changes.listen(() => this.restoreSoon(control));
      changes.listen(() => executorsOf(sandbox).forEach(({ copies }) => copies?.refresh()));
      this.supervisor = this.handOver(monitor, changes);
      this.orders.begin(this.supervisor);
      return await this.supervisor.run();
    } finally {
      clearTimeout(this.restoring);
      changes?.close();
      this.surfaces.output.close();
      control?.close();
      const left = monitor?.end(this.supervisor?.leaves === true ? 0 : ENDING) ?? [];
      for (const pid of left) this.log.write('warning', leftInWords({ pid, name: 'clsync-file' }));
      if (sandbox.cgroup !== undefined) removeCgroup(sandbox.cgroup);
      for (const { copies } of executorsOf(sandbox)) copies?.close();
      for (const lists of this.lists) lists?.remove();
      this.surfaces.remove();
    }
  }

  /** Calls `hear` with what the roles say. @param hear `at`: see `destinationAmongOthers` */
  hears(hear: (message: Message, at: string | undefined) => void): void {
    this.ledger.subscribe((news, state) => {
      if (news.kind === 'message')
        hear(news.message, destinationAmongOthers(state, news.member.name));
    });
  }

  private get loaded(): Loaded {
    return this.inForce.loaded;
  }

  private get facts(): Facts {
    return factsOf(this.loaded, this.sandbox);
  }

  /** Delayed, because whoever removes one file may go on to remove its directory. */
  private restoreSoon(control: ControlSocket | undefined): void {
    this.restoring ??= setTimeout(() => {
      this.restoring = undefined;
      // What is about to be removed need not be there, and its file system may not answer.
      if (this.supervisor?.ending !== undefined) return;
      this.surfaces.restore();
      void control?.restore();
    }, RESTORE_DELAY);
  }

  /** From here on the monitor does what takes the starter's rights. Throws ClsyncError. */
  private handOver(monitor: Monitor, changes: Changes): Supervisor {
    const { kept, lists, sandbox, loaded, ledger } = this;
    const destinations = [loaded, ...loaded.others].map((one) => ({
      ...one.sandbox,
      destinationMayChange: one.options['destination-may-change'],
    }));
    const grounds = groundsOf(destinations, changes, {
      record: (level, text) => ledger.tell({ kind: 'record', level, text }),
      holding: () => ledger.tell({ kind: 'holding' }),
      isDoubted: () => heldOf(ledger.state)?.why === HELD.doubt,
      restore: (path) => lists.find((one) => one?.path === path)?.restore(),
    });
    for (const ground of grounds.all) ground.take();
    layCopies(sandbox);
    const access = accessOf(loaded.options);
    handOver(monitor, { sandbox, grounds, kept, lists, access, ...loaded.paths });
    // Its locks, too: who has a file open that does not answer cannot even end.
    this.surfaces.write(ledger.state);
    this.inForce.reopenLog();
    ledger.subscribe(memoryNews(sandbox.cgroup?.memory ?? [], ledger.tell));
    const recalled = recall(this.durable, grounds);
    // What is told may be written by the monitor in turn.
    monitor.refused = (refused) =>
      queueMicrotask(() => ledger.tell({ kind: 'refused', role: 'clerk', ...refused }));
    const confine = (): void => {
      this.log.prepare();
      posix();
      confineMaster(sandbox, (call, count) =>
        ledger.tell({ kind: 'refused', role: 'master', call, count, pid: process.pid }),
      );
    };
    const held = ({ name }: Member): Payload<'held'> | undefined =>
      ledger.state.executors.get(name)?.held;
    const { tell } = ledger;
    const settings = { watcher: loaded.watcher, executors: executorsIn(loaded) };
    return new Supervisor(sandbox, monitor, settings, grounds, tell, confine, held, recalled);
  }

  private async openControl(): Promise<ControlSocket | undefined> {
    const path = this.here(this.loaded.options.socket);
    if (path === undefined) return undefined;
    const access = accessOf(this.loaded.options);
    return ControlSocket.open(path, this.kept, access, this.orders, (text) =>
      this.log.write('warning', text),
    );
  }

  private here(path: BytePath | undefined): BytePath | undefined {
    return path === undefined ? undefined : absolute(path, this.around.directory);
  }
}

function sandboxesOf(all: readonly Loaded[]): readonly SandboxSettings[] {
  return all.map(({ sandbox }) => sandbox);
}
