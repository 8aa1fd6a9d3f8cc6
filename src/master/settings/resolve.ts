/** From layers of assignments to one typed value an option: precedence, `%option%` substitution, defaults. Pure. */
import { fromText } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { findOption, OPTION_NAMES, optionRow } from '../../shared/options.js';
import type { OptionName, Options } from '../../shared/options.js';
import { valueAt } from './assignment.js';
import type { Layer } from './assignment.js';

export interface Resolved {
  readonly values: Options;
  /** Every option as text, as it stands after substitution; empty when unset. */
  readonly texts: Readonly<Record<OptionName, BytePath>>;
  /** Options that someone wrote somewhere. */
  readonly given: ReadonlySet<OptionName>;
  /** Where the value in force was written, or the option's name. */
  origin(name: OptionName): string;
  readonly warnings: readonly string[];
}

interface Source {
  readonly text: BytePath;
  readonly origin: string;
}

/** `layers`: strongest first. Throws `ClsyncError` for a bad value, an unsupported option or options that name each other in a circle. */
export function resolve(layers: readonly Layer[], pid: number): Resolved {
  const sources = new Map(OPTION_NAMES.map((name) => [name, sourcesOf(name, layers)]));
  const texts = new Map<OptionName, BytePath>();
  const underway: OptionName[] = [];
  const warnings: string[] = [];

  /** The text of an option after substitution; `weaker` layers down when an option names itself. */
  function expand(name: OptionName, weaker = 0): BytePath {
    const source = sources.get(name)?.[weaker];
    const text = source?.text ?? fromText(optionRow(name).default ?? '');
    return text.replace(/%([A-Za-z][A-Za-z0-9-]*)%/g, (written, word: string) => {
      if (word === 'PID') return String(pid);
      const other = findOption(word);
      if (other === undefined) return written;
      if (other === name) return expand(name, weaker + 1);
      const value = textOf(other);
      if (value === '') warnings.push(`${source?.origin ?? `--${name}`}: ${written} is empty, ${other} is not set`);
      return value;
    }) as BytePath;
  }

  function textOf(name: OptionName): BytePath {
    const known = texts.get(name);
    if (known !== undefined) return known;
    if (underway.includes(name)) throw new ClsyncError('OPTION_CIRCLE', [...underway, name].map((n) => `%${n}%`).join(' -> '));
    underway.push(name);
    const text = expand(name);
    underway.pop();
    texts.set(name, text);
    return text;
  }

  const origin = (name: OptionName): string => sources.get(name)?.[0]?.origin ?? `--${name}`;
  const given = new Set(OPTION_NAMES.filter((name) => sources.get(name)?.length !== 0));
  for (const name of given) if (optionRow(name).unsupported) throw new ClsyncError('NOT_SUPPORTED', origin(name));
  const values = Object.fromEntries(OPTION_NAMES.map((name) => [name, finish(name, valueAt(name, textOf(name), origin(name)))])) as unknown as Options;
  return { values, texts: Object.fromEntries(texts) as Record<OptionName, BytePath>, given, origin, warnings };
}

/** What the layers say of one option, strongest first, at most one source a layer. */
function sourcesOf(name: OptionName, layers: readonly Layer[]): Source[] {
  const { kind } = optionRow(name);
  return layers.flatMap((layer) => {
    const own = layer.filter((assignment) => assignment.name === name);
    const last = own.at(-1);
    if (last === undefined) return [];
    if (kind === 'codes') return [{ text: own.map((a) => a.text).join(',') as BytePath, origin: last.origin }];
    if (kind !== 'counter' || !last.bare) return [{ text: last.text, origin: last.origin }];
    const start = own.findLastIndex((a) => !a.bare);
    const base = start < 0 ? 0 : (valueAt(name, (own[start] as Source).text, last.origin) as number);
    return [{ text: String(base + own.length - 1 - start) as BytePath, origin: last.origin }];
  });
}

/** 0 among exit statuses forgets those before it. */
function finish(name: OptionName, value: unknown): unknown {
  if (optionRow(name).kind !== 'codes') return value;
  const codes = value as readonly number[];
  return [...new Set(codes.slice(codes.lastIndexOf(0) + 1))];
}
