/** The options that are in force, and how they change while the daemon runs. */
import { display } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { ClsyncError } from '../shared/errors.js';
import { absolute } from '../shared/program-search.js';
import { isShown } from '../shared/report.js';
import type { Level } from '../shared/report.js';
import { instanceOf } from './instance.js';
import { KeptFile } from './kept-files.js';
import type { KeptFiles } from './kept-files.js';
import type { Tell } from './ledger.js';
import { reasonOf } from './open-path.js';
import { findOption, nearest } from './options/table.js';
import { givenDescriptor } from './read-file.js';
import type { FileContent } from './read-file.js';
import { unknownOption } from './settings/command-line.js';
import type { Configuration } from './settings/configuration.js';
import { executorsIn, load, reloadRules } from './settings/load.js';
import type { Loaded } from './settings/load.js';
import type { StartContext } from './settings/start-context.js';
import type { Supervisor } from './supervisor.js';
import type { Dumps } from './surface/dumps.js';
import { openLog } from './surface/log-file.js';
import { logSettings } from './surface/log-settings.js';
import type { Log } from './surface/log.js';
import { judgeOf } from './trust.js';

/** The rest of the daemon, as the options need it. */
export interface InForceContext {
  readonly around: StartContext;
  readonly log: Log;
  /** What can be gone back to. */
  readonly kept: KeptFiles;
  readonly dumps: Pick<Dumps, 'keep'>;
  readonly tell: Tell;
  /** Undefined: no role runs. */
  supervisor(): Pick<Supervisor, 'adjust' | 'rules'> | undefined;
}

export class OptionsInForce {
  constructor(
    private configuration: Configuration,
    private now: Loaded,
    private readonly context: InForceContext,
  ) {
    this.keepPlaces();
    this.keepConfiguration();
  }

  get loaded(): Loaded {
    return this.now;
  }

  /** At a signal: everything that is in files. What is wrong there is said, and changes nothing. */
  reread(): void {
    this.reopenLog();
    this.attempt('all options stay as they were', () => this.rereadConfiguration());
    this.attempt('the rules stay as they were', () => this.rereadRules());
  }

  /**
   * The same, as it was asked for over the control socket. Returns what of it is not in force, a
   * sentence each. Throws ClsyncError.
   */
  reload(): readonly string[] {
    this.context.log.write('info', 'the configuration is read again, as was asked for');
    this.reopenLog();
    const kept = this.rereadConfiguration();
    this.rereadRules();
    return kept;
  }

  useBlock(block: string): void {
    const { log } = this.context;
    this.attempt(`block [${block}] is not used`, () => {
      const { configuration, fixed } = this.configuration.withBlock(block);
      this.change(configuration);
      for (const option of fixed)
        log.write(
          'warning',
          `block [${block}]: ${new ClsyncError('FIXED_OPTION', option).message}`,
        );
      log.write('info', `the options of block [${block}] are in force`);
    });
  }

  /** @param paths whether it may lead to other files. Throws ClsyncError. */
  set(option: BytePath, value: BytePath, paths: boolean): void {
    const { log } = this.context;
    const name = findOption(option);
    if (name === undefined) throw unknownOption(display(option), nearest(option));
    if (name === 'output' && log.hasFile)
      throw new ClsyncError(
        'CONFLICT',
        '--output',
        'messages go to the file of --log-file',
        'leave one out',
      );
    const changed = this.configuration.with({ name, text: value, bare: false, origin: name });
    if (!paths) changed.checkSamePaths(this.configuration);
    this.change(changed);
    log.write('info', `${name} is now "${display(value)}"`);
  }

  /** @param bytes what the file has, as its owner has sent it. Throws ClsyncError. */
  setRules(path: BytePath, bytes: Buffer): void {
    const name = 'rules-file';
    const changed = this.configuration.with({ name, text: path, bare: false, origin: name });
    this.change(changed, { bytes, isPublic: false });
    this.context.log.write('info', `${name} is now "${display(path)}", as it was sent`);
  }

  logLevel(level: Level): void {
    const { options, executor } = this.now;
    this.context.log.configure({ ...logSettings(options), quiet: false, level });
    const shown = isShown('info', level) ? level : 'info';
    const others = this.now.others.map((one) => ({
      ...one,
      executor: { ...one.executor, logLevel: shown },
    }));
    this.now = { ...this.now, executor: { ...executor, logLevel: shown }, others };
    this.context.supervisor()?.adjust(executorsIn(this.now));
  }

  /** Does it; says why it cannot be done, if so, and what is so `otherwise`. */
  attempt(otherwise: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof ClsyncError)) throw error;
      this.context.log.write(
        'error',
        new ClsyncError('UNCHANGED', error.message, otherwise).message,
      );
    }
  }

  /**
   * Puts changed options into force. Throws ClsyncError; then nothing has changed.
   * @param rules what the rules file has; undefined: it is read
   */
  private change(configuration: Configuration, rules?: FileContent): void {
    const { around, log, tell, supervisor } = this.context;
    const sameRules =
      rules === undefined &&
      configuration.resolve().values['rules-file'] === this.now.options['rules-file'];
    const loaded = load(configuration, around, this.now, { sameRules, rules });
    try {
      log.configure(logSettings(loaded.options));
    } catch (error) {
      if (!sameRules) loaded.rulesFile?.close();
      throw error;
    }
    [this.configuration, this.now] = [configuration, loaded];
    this.keepPlaces();
    tell({ kind: 'configured', instance: instanceOf(loaded) });
    supervisor()?.adjust(executorsIn(loaded));
    if (!sameRules) supervisor()?.rules(loaded.watcher);
  }

  /** So that it can be read again. One that came by a descriptor cannot. */
  private keepConfiguration(): void {
    const { file } = this.configuration;
    if (file === undefined || givenDescriptor(file) !== undefined) return;
    const { around, kept, log } = this.context;
    const path = absolute(file, around.directory);
    const judge = judgeOf({ trustFiles: this.now.options['trust-files'] });
    try {
      kept.set('--config-file', new KeptFile('--config-file', path, judge));
    } catch (error) {
      log.write('warning', `${display(path)} will not be read again: ${reasonOf(error)}`);
    }
  }

  /** What is gone back to, as the options say. */
  private keepPlaces(): void {
    const { around, kept, dumps } = this.context;
    kept.set('--rules-file', this.now.rulesFile);
    dumps.keep(absolute(this.now.options['dump-dir'], around.directory));
  }

  /** What of it is not in force, a sentence each. */
  private rereadConfiguration(): readonly string[] {
    const { kept, log } = this.context;
    const file = kept.row('--config-file');
    if (file === undefined) return [];
    const { configuration, fixed } = this.configuration.withContent(contentOf(file));
    this.change(configuration);
    const sentences = [
      ...configuration.unknownKeys,
      ...fixed.map((option) => new ClsyncError('FIXED_OPTION', option).message),
    ];
    for (const sentence of sentences) log.write('warning', sentence);
    return sentences;
  }

  private rereadRules(): void {
    const { around, log, tell, supervisor } = this.context;
    this.now = reloadRules(this.now, around);
    const { links } = this.now.rulesFile ?? {};
    if (links !== undefined) log.write('warning', links);
    tell({ kind: 'rehashing' });
    supervisor()?.adjust(executorsIn(this.now));
    supervisor()?.rules(this.now.watcher);
  }

  /** Whoever rotates logs has moved the file away, or the monitor is to have it. */
  reopenLog(): void {
    const { around, kept, log } = this.context;
    const { 'log-file': path } = this.now.options;
    if (path === undefined) return;
    this.attempt('the file that is open is written to', () =>
      openLog(log, kept, absolute(path, around.directory)),
    );
  }
}

function contentOf(kept: KeptFile): FileContent {
  try {
    return kept.read();
  } catch (error) {
    throw new ClsyncError('CONFIG_UNREADABLE', display(kept.path), reasonOf(error));
  }
}
