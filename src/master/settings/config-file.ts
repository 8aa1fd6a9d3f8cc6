/**
 * The configuration file: blocks of `key = value` lines in the syntax of GLib's key files. Pure,
 * except for `readConfig`.
 */
import { display, fromText } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { reasonOf } from '../open-path.js';
import type { Judge } from '../open-path.js';
import { startDirectory } from '../paths.js';
import { givenDescriptor, readFile, readGiven, textIn } from '../read-file.js';
import type { FileContent } from '../read-file.js';
import { absolute } from '../../shared/program-search.js';
import { distrustOf, judgeOf, judgeOfHome } from '../trust.js';
import { findOption, nearest, optionRow } from '../options/table.js';
import type { OptionName } from '../options/table.js';
import type { Assignment, Layer } from './assignment.js';
import { SWITCHES } from './stray-words.js';

/** In the home directory. */
export const HOME_FILE = '.clsync.conf';
/** Tried in this order when no file is named, after that in the home directory. */
export const SYSTEM_FILES = [
  '/etc/clsync/clsync.conf',
  '/etc/clsync.conf',
  '/usr/local/etc/clsync/clsync.conf',
  '/usr/local/etc/clsync.conf',
].map(fromText);

/** Errors of a usual file that it is not skipped for: it may hold what restricts the daemon. */
const REFUSALS: readonly string[] = ['UNTRUSTED', 'LINK_OF_OTHERS'];

/** The most blocks that an error names. */
const NAMED_MOST = 20;
/** What says which part of which file counts. */
const COMMAND_LINE_ONLY: readonly OptionName[] = ['config-file', 'config-block'];
/** As the file's name: no configuration file is read. */
const NO_FILE = '/NULL/';

interface Line {
  readonly key: string;
  readonly value: BytePath;
  readonly number: number;
}

export interface Config {
  readonly file: BytePath;
  readonly blocks: ReadonlyMap<string, readonly Line[]>;
  /** Whether messages may quote it. */
  readonly isPublic: boolean;
  /** What `~` stands for. */
  readonly home?: BytePath | undefined;
}

/** A block together with the blocks it inherits from. */
export interface Block {
  /** Strongest first. */
  readonly layers: readonly Layer[];
  /** The words of the key `--`, which are the handler's arguments. */
  readonly words?: readonly BytePath[];
  /** A warning for each unknown key. */
  readonly unknown: readonly string[];
}

/**
 * Reads the file `named`, or else the first of the usual files that can be read and parsed (see
 * clsync(1)); undefined when there is none. Throws ClsyncError when the named file cannot be used,
 * or others than it is for could change one. A usual file that cannot be parsed is skipped with a
 * warning to `warn`.
 */
export function readConfig(
  named: BytePath | undefined,
  home: BytePath | undefined,
  warn: (text: string) => void,
  terms: { readonly trustFiles: boolean } = { trustFiles: false },
): Config | undefined {
  const judge = judgeOf(terms);
  if (named === NO_FILE) return undefined;
  if (named !== undefined) return { ...parseConfig(named, read(named, judge)), home };
  const usual =
    home === undefined ? SYSTEM_FILES : [`${home}/${HOME_FILE}` as BytePath, ...SYSTEM_FILES];
  for (const file of usual) {
    const isHome = !SYSTEM_FILES.includes(file);
    try {
      return { ...parseConfig(file, read(file, isHome ? judgeOfHome(terms) : judge)), home };
    } catch (error) {
      if (!(error instanceof ClsyncError) || REFUSALS.includes(error.code)) throw error;
      if (error.code === 'CONFIG_SYNTAX') warn(`${error.what}; the file is not used`);
    }
  }
  return undefined;
}

function read(file: BytePath, judge: Judge | undefined): FileContent {
  try {
    const given = givenDescriptor(file);
    if (given !== undefined) return readGiven(given);
    return readFile(file.startsWith('/') ? file : absolute(file, startDirectory()), { judge });
  } catch (error) {
    if (error instanceof ClsyncError) throw error;
    throw (
      distrustOf(error, '--config-file', file) ??
      new ClsyncError('CONFIG_UNREADABLE', display(file), reasonOf(error))
    );
  }
}

/**
 * Parses a configuration file. Throws ClsyncError with the line number when a line is not a block,
 * a `key = value` or a comment.
 */
export function parseConfig(file: BytePath, { bytes, isPublic }: FileContent): Config {
  const quoted = (line: string): string => (isPublic ? `"${display(line as BytePath)}"` : 'it');
  const blocks = new Map<string, Line[]>();
  let current: Line[] | undefined;
  for (const [index, raw] of textIn(bytes).split('\n').entries()) {
    const line = raw.replace(/\r$/, '').replace(/^[ \t]+/, '');
    const fail = (why: string) =>
      new ClsyncError('CONFIG_SYNTAX', `${display(file)}:${index + 1}`, why);
    if (line.trim() === '' || line.startsWith('#')) continue;
    if (line.includes('\0')) throw fail('a NUL byte, which no word of a command line could hold');
    if (line.startsWith('[')) {
      const name = /^\[([^[\]]+)\][ \t]*$/.exec(line)?.[1];
      if (name === undefined) throw fail(`${quoted(line)} is no [block] line`);
      current = blocks.get(name) ?? [];
      blocks.set(name, current);
      continue;
    }
    const equals = line.indexOf('=');
    if (equals < 1)
      throw fail(`${quoted(line)} is no "key = value" line, no [block] and no # comment`);
    if (current === undefined) throw fail('a key before the first [block] line');
    current.push({
      key: line.slice(0, equals).trim(),
      value: line.slice(equals + 1).replace(/^[ \t]+/, '') as BytePath,
      number: index + 1,
    });
  }
  return { file, blocks, isPublic };
}

/**
 * The block `name` with all it inherits. `inherits` overrides the block's own key
 * config-block-inherits. Throws ClsyncError when a block is missing or blocks inherit in a circle.
 */
export function selectBlock(config: Config, name: string, inherits?: string): Block {
  const layers: Layer[] = [];
  let unknown: readonly string[] = [];
  let words: readonly BytePath[] | undefined;
  const seen = new Set<string>();
  let next: string | undefined = name;
  while (next !== undefined && next !== '') {
    if (seen.has(next))
      throw new ClsyncError('CONFIG_CIRCLE', display(config.file), display(next as BytePath));
    const lines: readonly Line[] | undefined = config.blocks.get(next);
    if (lines === undefined)
      throw new ClsyncError(
        'CONFIG_NO_BLOCK',
        display(config.file),
        display(next as BytePath),
        blocksOf(config),
      );
    const block = readBlock(config, lines);
    layers.push(block.layer);
    unknown = [...unknown, ...block.unknown];
    words ??= block.words;
    const parent: string | undefined = block.layer.findLast(
      (a) => a.name === 'config-block-inherits',
    )?.text;
    const override: string | undefined = seen.size === 0 ? inherits : undefined;
    seen.add(next);
    next = override ?? parent;
  }
  return { layers, unknown, ...(words === undefined ? {} : { words }) };
}

function blocksOf({ blocks, isPublic }: Config): string {
  if (!isPublic || blocks.size === 0) return blocks.size === 0 ? 'none' : `${blocks.size}`;
  const names = [...blocks.keys()].map((name) => `[${display(name as BytePath)}]`);
  return names.slice(0, NAMED_MOST).join(' ') + (names.length > NAMED_MOST ? ' ...' : '');
}

/** Words for flags, and `~` for the home directory, as people write them in files. */
function inConfig(name: OptionName, value: BytePath, home: BytePath | undefined): BytePath {
  const { kind } = optionRow(name);
  if (kind === 'flag')
    return (SWITCHES.get(value.trim().toLowerCase()) as BytePath | undefined) ?? value;
  const isHome = kind === 'path' && home !== undefined && (value === '~' || value.startsWith('~/'));
  return isHome ? ((home + value.slice(1)) as BytePath) : value;
}

function readBlock(
  { file, isPublic, home }: Config,
  lines: readonly Line[],
): { layer: Assignment[]; unknown: string[]; words?: BytePath[] } {
  const layer: Assignment[] = [];
  const unknown: string[] = [];
  let words: BytePath[] | undefined;
  for (const { key, value, number } of lines) {
    const place = `${display(file)}:${number}`;
    const name = findOption(key);
    if (key === '--') {
      words = splitWords(value, place);
    } else if (name === undefined) {
      const near = nearest(key);
      unknown.push(
        `${place}: unknown key` +
          (isPublic ? ` "${display(key as BytePath)}"` : '') +
          (near === undefined ? '' : `, did you mean "${near}"?`),
      );
    } else {
      if (COMMAND_LINE_ONLY.includes(name))
        unknown.push(`${place}: ${name} counts on the command line alone`);
      const text = inConfig(name, value, home);
      layer.push({ name, text, bare: false, origin: `${place}: ${name}` });
    }
  }
  return { layer, unknown, ...(words === undefined ? {} : { words }) };
}

/**
 * Splits a text into words at blanks. Single and double quotes keep blanks; outside single quotes,
 * a backslash takes the next character literally. Throws ClsyncError naming `place`.
 */
export function splitWords(text: BytePath, place: string): BytePath[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string;
    if (quote === undefined && (char === ' ' || char === '\t')) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === quote) {
      quote = undefined;
    } else if (quote === undefined && (char === '"' || char === "'")) {
      quote = char;
      word ??= '';
    } else {
      const escaped = char === '\\' && quote !== "'" && i + 1 < text.length;
      word = (word ?? '') + (escaped ? (text[++i] as string) : char);
    }
  }
  if (quote !== undefined)
    throw new ClsyncError('CONFIG_SYNTAX', place, `a ${quote} without its counterpart`);
  if (word !== undefined) words.push(word);
  return words as BytePath[];
}
