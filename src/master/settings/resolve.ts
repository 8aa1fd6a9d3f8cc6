/**
 * Makes one typed value for each option from layers of assignments: precedence, `%option%`
 * substitution, defaults. Pure.
 */
import { fromText } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { findOption, nearest, OPTION_NAMES, optionRow } from '../options/table.js';
import type { OptionName, Options } from '../options/table.js';
import { namesIn, PERCENT, SUBSTITUTED } from '../../shared/substitution.js';
import { WORD_END } from '../options/value.js';
import { valueAt } from './assignment.js';
import type { Layer } from './assignment.js';

export interface Resolved {
  readonly values: Options;
  /** The text of every option after substitution; empty when unset. */
  readonly texts: Readonly<Record<OptionName, BytePath>>;
  /** Options that the user gives in any source. */
  readonly given: ReadonlySet<OptionName>;
  /** The place the value in force was written at, or the option's name. */
  origin(name: OptionName): string;
  readonly warnings: readonly string[];
}

/**
 * The most bytes that substitution may insert into one text: texts that name each other twice grow
 * exponentially.
 */
const LONGEST_TEXT = 64 << 10;

/** Whether the text of an option names the option itself. */
export function namesItself(name: OptionName, text: BytePath): boolean {
  return namesIn(text).some((word) => findOption(word) === name);
}

interface Source {
  readonly text: BytePath;
  readonly origin: string;
}

/**
 * Resolves all options. `layers`: highest precedence first. Throws ClsyncError for a bad value, an
 * unsupported option, or options that name each other in a circle.
 */
export function resolve(layers: readonly Layer[], pid: number): Resolved {
  const sources = new Map(OPTION_NAMES.map((name) => [name, sourcesOf(name, layers)]));
  const texts = new Map<OptionName, BytePath>();
  const underway: OptionName[] = [];
  const warnings: string[] = [];

  /**
   * The text of an option after substitution. An option that names itself in a source stands for
   * its text in the sources of lower precedence.
   */
  function expand(name: OptionName): BytePath {
    const all: readonly Source[] = [
      ...(sources.get(name) ?? []),
      { text: fromText(defaultOf(name)), origin: `--${name}` },
    ];
    const needed = all.slice(0, all.findIndex(({ text }) => !namesItself(name, text)) + 1);
    return needed.reduceRight((weaker, source) => substitute(name, source, weaker), '' as BytePath);
  }

  function defaultOf(name: OptionName): string {
    const { default: usual = '', compatDefault } = optionRow(name);
    if (compatDefault === undefined) return usual;
    const isCompat = valueAt('compat', textOf('compat'), origin('compat')) === true;
    return isCompat ? compatDefault : usual;
  }

  function substitute(name: OptionName, { text, origin }: Source, weaker: BytePath): BytePath {
    let room = LONGEST_TEXT;
    return text.replace(SUBSTITUTED, (written, word?: string) => {
      if (word === undefined) return PERCENT;
      if (word === 'PID') return String(pid);
      const other = findOption(word);
      if (other === undefined) {
        // Other programs have such words, too.
        const near = word.length > 2 ? nearest(word) : undefined;
        if (near !== undefined)
          warnings.push(
            `${origin}: ${written} names no option, and stays: did you mean %${near}%?`,
          );
        return written;
      }
      const value = other === name ? weaker : textOf(other);
      if (value === '' && other !== name)
        warnings.push(`${origin}: ${written} is empty, ${other} is not set`);
      room -= value.length;
      if (room < 0)
        throw new ClsyncError(
          'BAD_VALUE',
          origin,
          `with all that its %names% stand for it is longer than ${LONGEST_TEXT} bytes`,
        );
      return value;
    }) as BytePath;
  }

  function textOf(name: OptionName): BytePath {
    const known = texts.get(name);
    if (known !== undefined) return known;
    if (underway.includes(name))
      throw new ClsyncError('OPTION_CIRCLE', [...underway, name].map((n) => `%${n}%`).join(' -> '));
    underway.push(name);
    const text = expand(name);
    underway.pop();
    texts.set(name, text);
    return text;
  }

  const origin = (name: OptionName): string => sources.get(name)?.[0]?.origin ?? `--${name}`;
  for (const warning of layers.flatMap(lostLists)) warnings.push(warning);
  const given = new Set(OPTION_NAMES.filter((name) => sources.get(name)?.length !== 0));
  for (const name of given)
    if (optionRow(name).unsupported) throw new ClsyncError('NOT_SUPPORTED', origin(name));
  const values = Object.fromEntries(
    OPTION_NAMES.map((name) => [name, finish(name, valueAt(name, textOf(name), origin(name)))]),
  ) as unknown as Options;
  return {
    values,
    texts: Object.fromEntries(texts) as Record<OptionName, BytePath>,
    given,
    origin,
    warnings,
  };
}

/**
 * The text of one option in each layer that has it, highest precedence first. Repeated options of a
 * layer are combined.
 */
function sourcesOf(name: OptionName, layers: readonly Layer[]): Source[] {
  const { kind, addsUp } = optionRow(name);
  return layers.flatMap((layer) => {
    const own = layer.filter((assignment) => assignment.name === name);
    const last = own.at(-1);
    if (last === undefined) return [];
    if (kind === 'words') {
      const counting = own.slice(own.findLastIndex(({ text }) => text === '') + 1);
      const text = counting.map((one) => one.text).join(WORD_END) as BytePath;
      return [{ text, origin: last.origin }];
    }
    if (kind === 'codes' || addsUp) {
      const counting = addsUp ? own.slice(own.findLastIndex(({ text }) => text === '') + 1) : own;
      return [
        { text: counting.map(({ text }) => text).join(',') as BytePath, origin: last.origin },
      ];
    }
    if (kind !== 'counter' || !last.bare) return [{ text: last.text, origin: last.origin }];
    const start = own.findLastIndex((a) => !a.bare);
    const base =
      start < 0 ? 0 : (valueAt(name, (own[start] as Source).text, last.origin) as number);
    return [{ text: String(base + own.length - 1 - start) as BytePath, origin: last.origin }];
  });
}

/**
 * A warning for each list option given several times, of which only the last counts, as in the C
 * program.
 */
function lostLists(layer: Layer): string[] {
  const isLost = (name: OptionName): boolean =>
    optionRow(name).kind === 'list' &&
    !optionRow(name).addsUp &&
    layer.filter((a) => a.name === name && a.text !== '').length > 1;
  const lost = new Set(layer.map(({ name }) => name).filter(isLost));
  return [...lost].map(
    (name) =>
      `${layer.findLast((a) => a.name === name)?.origin ?? name} is given more than once: ` +
      'only the last counts',
  );
}

/** Drops the exit statuses before a 0, and the 0 itself. */
function finish(name: OptionName, value: unknown): unknown {
  if (optionRow(name).kind !== 'codes') return value;
  const codes = value as readonly number[];
  return [...new Set(codes.slice(codes.lastIndexOf(0) + 1))];
}
