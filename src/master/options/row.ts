/**
 * The format of a row of the options table. Values in a row are written as a user writes them;
 * `value.ts` converts them to typed values.
 */
import type { BytePath } from '../../shared/bytes.js';
import type { DeleteLimit, ExitCodeRule } from '../../shared/settings.js';

export const GROUPS = [
  'Basics',
  'Configuration',
  'Timing',
  'Initial sync and end',
  'Failures',
  'Watching',
  'Lists and rsync',
  'Mirror',
  'Hooks and files',
  'Output',
  'Control',
  'Handler sandbox',
  'Privileges',
  'Cluster',
] as const;
export type Group = (typeof GROUPS)[number];

/**
 * How the value of an option is written:
 * - `flag`: 0 or 1, only attached (`-b1`, `--background=1`); the bare option means 1
 * - `counter`: as `flag`, and every bare repeat adds one
 * - `number`: C notation (010 is eight, 0x10 sixteen), blanks around it ignored, empty or negative
 *   counts as 0
 * - `size`: bytes, as `number` or with one of K, M, G (powers of 1024) behind it; empty or 0 is no
 *   limit
 * - `memory`: as `size`, or the word `auto` or `none`; 0 is `none`, empty the default
 * - `decimal`: as `number` or with a decimal fraction; empty or 0 is no limit
 * - `duration`: seconds, as `decimal`; held in milliseconds
 * - `octal`: file mode bits, octal
 * - `text`, `path`: bytes; empty switches the option off
 * - `choice`: one word of `choices`
 * - `list`: words separated by commas, each of `choices` where the row has them; empty is the empty
 *   list; see `addsUp`
 * - `words`: one word, whatever it has; repeats add up, and an empty one removes those before
 * - `codes`: exit statuses separated by commas; they add up over repeats, and 0 empties the list
 * - `share`: a number as `number`, or percent (`10%`); empty is no limit
 * - `policies`: `CODE=MEANING` separated by commas, see `ExitCodeRule`; of several for one code the
 *   last counts; see `addsUp`
 */
export type Kind =
  | 'flag'
  | 'counter'
  | 'number'
  | 'size'
  | 'memory'
  | 'decimal'
  | 'duration'
  | 'octal'
  | 'text'
  | 'path'
  | 'choice'
  | 'list'
  | 'words'
  | 'codes'
  | 'share'
  | 'policies';

/**
 * The process that a change at run time (control socket, custom signals) is for; without it, the
 * option can only change with a restart.
 */
export type Runtime = 'master' | 'watcher' | 'executor';

export interface Row {
  readonly group: Group;
  readonly kind: Kind;
  readonly short?: string;
  /**
   * The C program has no such option: where an abbreviation fits one of its options too, it means
   * that one, as ever.
   */
  readonly added?: true;
  /** Other long names of the option. */
  readonly aliases?: readonly string[];
  /** Name of the value in help texts, in capitals. */
  readonly argument?: string;
  /** As a user writes it; without it, options of the kinds text, path and choice are unset. */
  readonly default?: string;
  /** Its default with `--compat`: that of the C program. */
  readonly compatDefault?: string;
  readonly choices?: readonly string[];
  /** Choices that the manual page of the C program has and this program does not implement. */
  readonly unsupportedChoices?: readonly string[];
  /** The option is not implemented: giving it is an error. */
  readonly unsupported?: true;
  /** The value of the option when it is given without one; absent: it needs a value. */
  readonly bare?: string;
  /** Words for values of the kind duration, in seconds. */
  readonly named?: Readonly<Record<string, number>>;
  readonly maximum?: number;
  readonly minimum?: number;
  /**
   * A list given several times adds up, and an empty value empties it. Of other lists only the last
   * counts.
   */
  readonly addsUp?: true;
  readonly runtime?: Runtime;
  /** It may have another value for each destination (`--also-to`). */
  readonly byDestination?: true;
  /** One line for `--help`. */
  readonly help: string;
  /** Further sentences for the manual page. */
  readonly manual?: string;
}

export function row<const R extends Row>(r: R): R {
  return r;
}

/** Bytes, or a word for what the machine has. */
export type MemoryLimit = number | 'auto' | 'none';

type Word<R extends Row> = R extends { choices: readonly (infer C extends string)[] } ? C : string;
type Optional<R extends Row, T> = R extends { default: string } ? T : T | undefined;

/** The typed value of an option. Text and paths are bytes. */
export type ValueOf<R extends Row> = R['kind'] extends 'flag'
  ? boolean
  : R['kind'] extends 'counter' | 'number' | 'size' | 'decimal' | 'duration'
    ? number
    : R['kind'] extends 'memory'
      ? MemoryLimit
      : R['kind'] extends 'octal'
        ? number | undefined
        : R['kind'] extends 'text' | 'path'
          ? Optional<R, BytePath>
          : R['kind'] extends 'choice'
            ? Optional<R, Word<R>>
            : R['kind'] extends 'list'
              ? Optional<R, readonly Word<R>[]>
              : R['kind'] extends 'words'
                ? readonly BytePath[]
                : R['kind'] extends 'policies'
                  ? readonly ExitCodeRule[]
                  : R['kind'] extends 'share'
                    ? DeleteLimit | undefined
                    : readonly number[];
