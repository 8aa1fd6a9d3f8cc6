/** The running daemon: the supervisor with everything a user sees of it and can tell it. */
import { display, fromText } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { ClsyncError } from '../shared/errors.js';
import type { Payload } from '../shared/messages.js';
import { findOption, OPTION_NAMES, optionRow } from '../shared/options.js';
import type { OptionName } from '../shared/options.js';
import type { Level } from '../shared/report.js';
import type { Status } from '../shared/settings.js';
import type { PairEvents } from './pair.js';
import { planSandbox } from './sandbox/launch.js';
import type { Sandbox } from './sandbox/launch.js';
import type { Configuration } from './settings/configuration.js';
import { defined } from './settings/defined.js';
import { parseOwner } from './settings/identity.js';
import { load } from './settings/load.js';
import type { Loaded, Surroundings } from './settings/load.js';
import { absolute } from './settings/paths.js';
import type { Orders } from './signals.js';
import { ControlSocket } from './surface/control.js';
import type { ControlTarget } from './surface/control-commands.js';
import { Dump } from './surface/dump.js';
import { logSettings } from './surface/log-settings.js';
import type { Log } from './surface/log.js';
import { Notifier } from './surface/notify.js';
import { StateFile } from './surface/state-file.js';
import { FINISH, Supervisor } from './supervisor.js';
import type { DaemonEnd } from './supervisor.js';

export class Daemon implements PairEvents, Orders, ControlTarget {
  private readonly sandbox: Sandbox;
  private readonly supervisor: Supervisor;
  private readonly pidFile: StateFile | undefined;
  private readonly statusFile: StateFile | undefined;
  private current: Status = 'starting';
  private beforeRehash: Status | undefined;
  private underway: Dump | undefined;
  private readonly notifier = new Notifier(process.env);

  /** `ready` is called once the tree is watched. Throws ClsyncError for anything that keeps the daemon from starting. */
  constructor(
    private configuration: Configuration,
    private loaded: Loaded,
    private readonly around: Surroundings,
    private readonly log: Log,
    private readonly ready: () => void,
  ) {
    this.sandbox = planSandbox(loaded.sandbox);
    this.supervisor = new Supervisor(this.sandbox, loaded, this);
    this.pidFile = this.stateFile('pid-file');
    this.statusFile = this.stateFile('status-file');
  }

  async run(): Promise<DaemonEnd> {
    this.pidFile?.write(String(process.pid));
    this.status('starting');
    let control: ControlSocket | undefined;
    for (const missing of this.sandbox.missing) this.log.write('warning', missing);
    try {
      control = await this.openControl();
      return await this.supervisor.run();
    } finally {
      control?.close();
      this.sandbox.cgroup?.remove();
      this.pidFile?.remove();
      this.statusFile?.remove();
    }
  }

  // What the roles tell.

  record(level: Level, text: string): void {
    this.log.write(level, text);
  }

  watching(directories: number, milliseconds: number): void {
    this.log.write('info', `watching ${count(directories, 'directory', 'directories')} (found in ${seconds(milliseconds)})`);
    this.notifier.ready();
    this.ready();
  }

  status(status: Status): void {
    if (this.beforeRehash !== undefined && status === 'running') this.beforeRehash = status;
    this.current = status;
    this.notifier.status(status);
    try {
      this.statusFile?.write(status);
    } catch (error) {
      if (!(error instanceof ClsyncError)) throw error;
      this.log.write('warning', error.message);
    }
  }

  progress(done: number, total: number): void {
    this.log.progress(total > 0 ? `initial sync ${done}/${total}` : `initial sync ${done}`);
  }

  synced({ paths, milliseconds, initial }: Payload<'synced'>): void {
    this.log.write('info', initial === 1 ? `initial sync done in ${seconds(milliseconds)}` : `synced ${count(paths, 'path', 'paths')} in ${seconds(milliseconds)}`);
  }

  counters({ overflows, rescans }: Payload<'counters'>): void {
    this.log.write('debug1', `${overflows} overflows of the kernel's queue, ${rescans} rescans`);
  }

  rulesDone(): void {
    this.log.write('info', 'the new rules are in force');
    if (this.beforeRehash === undefined) return;
    const status = this.beforeRehash;
    this.beforeRehash = undefined;
    this.notifier.ready();
    this.status(status);
  }

  rootGone(): void {
    this.log.write('warning', 'the watched directory is gone; nothing is synced until it is back');
  }

  description(text: string): void {
    this.underway?.add(fromText('watcher'), text);
  }

  dumpFile({ file: name, text, last }: Payload<'dump'>): void {
    this.underway?.add(name, text, last === 1);
  }

  // What the user tells.

  endNow(): void {
    this.notifier.stopping();
    this.supervisor.finish(FINISH.now);
  }

  endSoon(): void {
    this.notifier.stopping();
    this.supervisor.finish(this.loaded.options['sync-on-quit'] ? FINISH.afterPending : FINISH.afterRunning);
  }

  rereadRules(): void {
    this.attempt('the rules stay as they were', () => {
      this.loaded = load(this.configuration, this.around);
      this.notifier.reloading();
      this.beforeRehash ??= this.current;
      this.status('rehashing');
      this.supervisor.rules(this.loaded.watcher);
    });
  }

  resync(): void {
    this.log.write('info', 'a full sync was asked for');
    this.supervisor.rescan();
  }

  tidy(): void {
    const before = this.current;
    this.status('thread gc'); // the runtime collects its garbage by itself; scripts that look for this state find it
    this.status(before);
  }

  interrupt(): void {
    this.supervisor.interrupt();
  }

  useBlock(block: string): void {
    this.attempt(`block [${block}] is not used`, () => {
      const { configuration, fixed } = this.configuration.withBlock(block);
      this.change(configuration);
      for (const option of fixed) this.log.write('warning', `block [${block}]: ${new ClsyncError('FIXED_OPTION', option).message}`);
      this.log.write('info', `the options of block [${block}] are in force`);
    });
  }

  dump(): void {
    this.dumpTo(this.loaded.options['dump-dir']).then(
      () => this.log.write('info', 'the inner state was dumped'),
      (error: unknown) => this.report(error),
    );
  }

  // What the control socket can ask for besides.

  info(): { readonly block: BytePath; readonly label: BytePath; readonly flags: bigint; readonly given: bigint } {
    const { options, given } = this.loaded;
    const bits = (holds: (name: OptionName) => boolean): bigint =>
      OPTION_NAMES.filter((name) => optionRow(name).kind === 'flag').reduce((sum, name, bit) => (holds(name) ? sum | (1n << BigInt(bit)) : sum), 0n);
    return { block: options['config-block'], label: options.label, flags: bits((name) => options[name] === true), given: bits((name) => given.has(name)) };
  }

  async dumpTo(directory: BytePath): Promise<void> {
    if (this.underway !== undefined) throw new ClsyncError('DUMP_UNDERWAY');
    this.underway = new Dump(absolute(directory, this.around.directory));
    try {
      this.supervisor.describe();
      await this.underway.complete;
    } finally {
      this.underway = undefined;
    }
  }

  set(option: BytePath, value: BytePath): void {
    const name = findOption(option);
    if (name === undefined) throw new ClsyncError('UNKNOWN_OPTION', display(option), 'see clsync --help');
    this.change(this.configuration.with({ name, text: value, bare: false, origin: name }));
    this.log.write('info', `${name} is now "${display(value)}"`);
  }

  /** Puts changed options into force. Throws ClsyncError, and then nothing has changed. */
  private change(configuration: Configuration): void {
    const sameRules = configuration.resolve().values['rules-file'] === this.loaded.options['rules-file'];
    const loaded = load(configuration, this.around, sameRules ? this.loaded.watcher.rules : undefined);
    [this.configuration, this.loaded] = [configuration, loaded];
    this.log.configure(logSettings(loaded.options));
    this.supervisor.adjust(loaded.executor);
    if (!sameRules) this.supervisor.rules(loaded.watcher);
  }

  private report(error: unknown): void {
    if (!(error instanceof ClsyncError)) throw error;
    this.log.write('error', error.message);
  }

  private attempt(otherwise: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof ClsyncError)) throw error;
      this.log.write('error', `${error.message}; ${otherwise}`);
    }
  }

  private async openControl(): Promise<ControlSocket | undefined> {
    const { socket, 'socket-own': owner, 'socket-mod': mode } = this.loaded.options;
    if (socket === undefined) return undefined;
    const access = { ...(owner === undefined ? {} : parseOwner(owner, '--socket-own')), ...defined({ mode }) };
    return ControlSocket.open(absolute(socket, this.around.directory), access, this, (text) => this.log.write('warning', text));
  }

  private stateFile(option: 'pid-file' | 'status-file'): StateFile | undefined {
    const path = this.loaded.options[option];
    return path === undefined ? undefined : new StateFile(absolute(path, this.around.directory), `--${option}`);
  }
}

function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}

function seconds(milliseconds: number): string {
  return milliseconds < 10_000 ? `${(milliseconds / 1000).toFixed(2)} s` : `${Math.round(milliseconds / 1000)} s`;
}
