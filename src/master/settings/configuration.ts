/**
 * The sources of options, highest precedence first: changes at run time, the command line, the
 * chosen configuration block, its parents.
 */
import { display } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { OPTION_NAMES, optionRow } from '../options/table.js';
import type { OptionName } from '../options/table.js';
import type { Assignment, Layer } from './assignment.js';
import type { FileContent } from '../read-file.js';
import { parseConfig, readConfig, selectBlock } from './config-file.js';
import type { Block, Config } from './config-file.js';
import { namesItself, resolve } from './resolve.js';
import type { Resolved } from './resolve.js';

const EMPTY = '' as BytePath;

export class Configuration {
  private changes: readonly Layer[] = [];
  /** Of a further destination alone; before all others. */
  private own: readonly Layer[] = [];

  private constructor(
    private readonly commandLine: Layer,
    private readonly words: readonly BytePath[],
    private readonly config: Config | undefined,
    private readonly block: Block,
    /** What counts where no source has it. */
    private readonly defaults: Layer = [],
  ) {}

  /** Reads all sources. `words`: the handler arguments of the command line. Throws ClsyncError. */
  static read(
    commandLine: Layer,
    words: readonly BytePath[],
    home: BytePath | undefined,
    warn: (text: string) => void,
  ): Configuration {
    const { values } = resolve([commandLine], process.pid);
    const trustFiles = values['trust-files'];
    const config = readConfig(values['config-file'], home, warn, { trustFiles });
    return new Configuration(commandLine, words, config, chosenBlock(commandLine, config));
  }

  /** The configuration file; undefined: none is in use. */
  get file(): BytePath | undefined {
    return this.config?.file;
  }

  /**
   * The configuration with what the file says now, in place of what was changed at run time. What
   * cannot change while the daemon runs stays as it is: `fixed` are the options that would have.
   * Throws ClsyncError.
   */
  withContent(content: FileContent): {
    readonly configuration: Configuration;
    readonly fixed: readonly OptionName[];
  } {
    if (this.config === undefined) return { configuration: this, fixed: [] };
    const { file, home } = this.config;
    const config = { ...parseConfig(file, content), home };
    // The words of the handler are those of the start.
    const { words } = this.block;
    const { layers, unknown } = chosenBlock(this.commandLine, config);
    const block = { layers, unknown, ...(words === undefined ? {} : { words }) };
    const fresh = new Configuration(this.commandLine, this.words, config, block, this.defaults);
    const [before, after] = [this.resolve().texts, fresh.resolve().texts];
    const fixed = OPTION_NAMES.filter(
      (name) => optionRow(name).runtime === undefined && before[name] !== after[name],
    );
    fresh.changes = [fixed.map((name) => asItIs(name, before[name]))];
    return { configuration: fresh, fixed };
  }

  /** A warning for each unknown key of the configuration file. */
  get unknownKeys(): readonly string[] {
    return this.block.unknown;
  }

  /** One for each `--also-to`, with that as its only destination. Throws ClsyncError. */
  get others(): readonly Configuration[] {
    const { values, origin } = this.resolve();
    return values['also-to'].map((word) => {
      const { commandLine, words, config, block, defaults } = this;
      const other = new Configuration(commandLine, words, config, block, defaults);
      other.changes = this.changes;
      other.own = [[asItIs('also-to', EMPTY), ...ownOptions(word, origin('also-to'), config)]];
      return other;
    });
  }

  /**
   * The user's handler arguments; undefined for the mode's default ones, also when only empty words
   * are given.
   */
  get handlerArguments(): readonly BytePath[] | undefined {
    const words = this.words.length > 0 ? this.words : this.block.words;
    return words === undefined || words.join('') === '' ? undefined : words;
  }

  /** The typed values of all options. Throws ClsyncError. */
  resolve(): Resolved {
    const layers = [
      ...this.own,
      ...this.changes,
      this.commandLine,
      ...this.block.layers,
      this.defaults,
    ];
    return resolve(layers, process.pid);
  }

  /** A block that no file could have is no error by itself: scripts name one, and all options. */
  get nothingToWatch(): ClsyncError {
    const { given, values } = this.resolve();
    return this.config === undefined && given.has('config-block')
      ? new ClsyncError('NO_FILE_NO_WATCH_DIR', display(values['config-block']))
      : new ClsyncError('NO_WATCH_DIR');
  }

  /** With options that count where no source has them, and without words for the handler. */
  withDefaults(defaults: Layer): Configuration {
    return new Configuration(this.commandLine, [], this.config, this.block, defaults);
  }

  /**
   * A new configuration with one more change, so that a change that turns out wrong is simply not
   * kept. Throws ClsyncError for an option that cannot change while the daemon runs.
   */
  with(assignment: Assignment): Configuration {
    if (optionRow(assignment.name).runtime === undefined)
      throw new ClsyncError('FIXED_OPTION', assignment.name);
    return this.changed([assignment]);
  }

  /**
   * A new configuration with those options of another block that can change while the daemon runs.
   * `fixed`: the options of the block that cannot.
   */
  withBlock(name: string): {
    readonly configuration: Configuration;
    readonly fixed: readonly OptionName[];
  } {
    if (this.config === undefined) throw new ClsyncError('CONFIG_NO_FILE', name);
    const layer = selectBlock(this.config, name).layers.toReversed().flat();
    const [before, after] = [this.resolve().texts, this.changed(layer).resolve().texts];
    return {
      configuration: this.changed(
        layer.filter((assignment) => optionRow(assignment.name).runtime !== undefined),
      ),
      fixed: OPTION_NAMES.filter(
        (option) =>
          optionRow(option).runtime === undefined &&
          before[option] !== after[option] &&
          option !== 'config-block-inherits',
      ),
    };
  }

  /**
   * Throws ClsyncError (PATH_OPTION) where an option that holds a path has another value than in
   * `earlier`: a path may also name an option that does not, as in `/run/%label%`.
   */
  checkSamePaths(earlier: Configuration): void {
    const [before, after] = [earlier.resolve().texts, this.resolve().texts];
    const other = OPTION_NAMES.find(
      (name) => optionRow(name).kind === 'path' && before[name] !== after[name],
    );
    if (other !== undefined) throw new ClsyncError('PATH_OPTION', other);
  }

  private changed(layer: Layer): Configuration {
    const { commandLine, words, config, block, defaults } = this;
    const next = new Configuration(commandLine, words, config, block, defaults);
    // Changes that a later one overrides are dropped: otherwise the list grows for as long as the
    // daemon runs.
    const isReplaced = (name: OptionName): boolean =>
      layer.some((newer) => newer.name === name && !newer.bare && !namesItself(name, newer.text));
    const kept = this.changes
      .map((older) => older.filter(({ name }) => !isReplaced(name)))
      .filter((older) => older.length > 0);
    next.changes = [layer, ...kept];
    return next;
  }
}

function chosenBlock(commandLine: Layer, config: Config | undefined): Block {
  const { values, given } = resolve([commandLine], process.pid);
  const wanted = values['config-block'];
  const chosen = given.has('config-block') || (config?.blocks.has(wanted) ?? false);
  return config !== undefined && chosen
    ? selectBlock(config, wanted, values['config-block-inherits'])
    : { layers: [], unknown: [] };
}

/** What a word of `--also-to` stands for. Throws ClsyncError. */
function ownOptions(word: BytePath, origin: string, config: Config | undefined): Layer {
  const name = /^\[([^[\]]+)\]$/.exec(word)?.[1];
  if (name === undefined) return [{ ...asItIs('destination-dir', word), origin }];
  if (config === undefined) throw new ClsyncError('CONFIG_NO_FILE', name);
  // It inherits nothing: what it does not say is as for the first destination.
  const { layers, unknown, words } = selectBlock(config, name, '');
  const [layer = []] = layers;
  const fixed = layer.find((one) => optionRow(one.name).byDestination !== true);
  const stray = fixed?.origin ?? unknown[0] ?? (words === undefined ? undefined : `[${name}]: --`);
  if (stray !== undefined) throw new ClsyncError('NOT_BY_DESTINATION', stray, name);
  if (layer.every((one) => one.name !== 'destination-dir'))
    throw new ClsyncError('NO_DESTINATION_IN_BLOCK', name);
  return layer;
}

/** The option with a text in which nothing is to be replaced any more. */
function asItIs(name: OptionName, text: BytePath): Assignment {
  const literal = text.replaceAll('%', '%%') as BytePath;
  return { name, text: literal, bare: false, origin: `--${name}` };
}
