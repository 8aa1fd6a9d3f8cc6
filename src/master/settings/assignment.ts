import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { optionRow } from '../options/table.js';
import type { OptionName } from '../options/table.js';
import { BadValue, parseValue } from '../options/value.js';
import { display } from '../../shared/bytes.js';

/** One option set to one text, somewhere. */
export interface Assignment {
  readonly name: OptionName;
  readonly text: BytePath;
  /** The bare option, without a value: a counter then adds one. */
  readonly bare: boolean;
  /** Where it was written, for error messages: `-t` or `/etc/clsync.conf:12: delay-collect`. */
  readonly origin: string;
}

/** Assignments of equal precedence, in the order they were written. */
export type Layer = readonly Assignment[];

/** The typed value of an option; an error names the place it was written at. */
export function valueAt(name: OptionName, text: BytePath, origin: string): unknown {
  try {
    return parseValue(optionRow(name), text);
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    throw new ClsyncError('BAD_VALUE', origin, `"${display(text)}" ${error.message}`);
  }
}
