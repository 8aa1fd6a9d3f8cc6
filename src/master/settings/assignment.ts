import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { optionRow } from '../options/table.js';
import type { OptionName } from '../options/table.js';
import { BadValue, parseValue } from '../options/value.js';
import { display } from '../../shared/bytes.js';

/** One option with the text that one source gives it. */
export interface Assignment {
  readonly name: OptionName;
  readonly text: BytePath;
  /** The option stands alone, without a value: a counter adds one then. */
  readonly bare: boolean;
  /**
   * The place it was written at, for error messages: `-t` or `/etc/clsync.conf:12: delay-collect`.
   */
  readonly origin: string;
}

/** Assignments of equal precedence, in the order they were written. */
export type Layer = readonly Assignment[];

/**
 * The typed value of an option. Throws ClsyncError naming `origin`, the place the text was written
 * at.
 */
export function valueAt(name: OptionName, text: BytePath, origin: string): unknown {
  try {
    return parseValue(optionRow(name), text);
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    const what = `"${display(text)}" ${error.message}`;
    throw error.near === undefined
      ? new ClsyncError('BAD_VALUE', origin, what)
      : new ClsyncError('MISSPELT_VALUE', origin, what, error.near);
  }
}
