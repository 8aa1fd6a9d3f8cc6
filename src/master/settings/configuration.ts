/**
 * The sources of options, highest precedence first: changes at run time, the command line, the
 * chosen configuration block, its parents.
 */
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { OPTION_NAMES, optionRow } from '../options/table.js';
import type { OptionName } from '../options/table.js';
import type { Assignment, Layer } from './assignment.js';
import { readConfig, selectBlock } from './config-file.js';
import type { Block, Config } from './config-file.js';
import { namesItself, resolve } from './resolve.js';
import type { Resolved } from './resolve.js';

export class Configuration {
  private changes: readonly Layer[] = [];

  private constructor(
    private readonly commandLine: Layer,
    private readonly words: readonly BytePath[],
    private readonly config: Config | undefined,
    private readonly block: Block,
  ) {}

  /** Reads all sources. `words`: the handler arguments of the command line. Throws ClsyncError. */
  static read(
    commandLine: Layer,
    words: readonly BytePath[],
    home: BytePath | undefined,
    warn: (text: string) => void,
  ): Configuration {
    const { values, given } = resolve([commandLine], process.pid);
    const trustFiles = values['trust-files'];
    const config = readConfig(values['config-file'], home, warn, { trustFiles });
    const wanted = values['config-block'];
    const chosen = given.has('config-block') || (config?.blocks.has(wanted) ?? false);
    const block: Block =
      config !== undefined && chosen
        ? selectBlock(config, wanted, values['config-block-inherits'])
        : { layers: [], unknown: [] };
    return new Configuration(commandLine, words, config, block);
  }

  /** A warning for each unknown key of the configuration file. */
  get unknownKeys(): readonly string[] {
    return this.block.unknown;
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
    return resolve([...this.changes, this.commandLine, ...this.block.layers], process.pid);
  }

  /** With options that count where no source has them, and without words for the handler. */
  withDefaults(defaults: Layer): Configuration {
    const { layers } = this.block;
    const block = { ...this.block, layers: [...layers, defaults] };
    return new Configuration(this.commandLine, [], this.config, block);
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
    const next = new Configuration(this.commandLine, this.words, this.config, this.block);
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
