/**
 * The output and level of the log: from the options, or from the part of the command line that
 * could be parsed.
 */
import type { Options } from '../options/table.js';
import type { Assignment } from '../settings/assignment.js';
import { logLevel } from '../settings/load-roles.js';
import { resolve } from '../settings/resolve.js';
import type { LogSettings } from './log.js';

export function logSettings(options: Options): LogSettings {
  const { debug, verbose, output, quiet } = options;
  return { output, level: debug > 0 || verbose > 0 ? logLevel(debug) : undefined, quiet };
}

/**
 * The settings given before an error of the command line: -Y and -q apply only to errors after
 * them.
 */
export function earlyLogSettings(assignments: readonly Assignment[]): LogSettings | undefined {
  try {
    return logSettings(
      resolve(
        [
          assignments.filter(
            ({ name }) => name === 'output' || name === 'quiet' || name === 'verbose',
          ),
        ],
        process.pid,
      ).values,
    );
  } catch {
    return undefined; // the error is in their own value: it goes to the default output
  }
}
