/** Where and how much to log, from options, or from as much of a command line as could be read. */
import type { Options } from '../options/table.js';
import type { Assignment } from '../settings/assignment.js';
import { logLevel } from '../settings/load-roles.js';
import { resolve } from '../settings/resolve.js';
import type { LogSettings } from './log.js';

export function logSettings(options: Options): LogSettings {
  return { output: options.output, level: logLevel(options.debug), quiet: options.quiet };
}

/** -Y and -q count from their place on: an error before them is still shown in the usual place. */
export function earlyLogSettings(assignments: readonly Assignment[]): LogSettings | undefined {
  try {
    return logSettings(
      resolve(
        [assignments.filter(({ name }) => name === 'output' || name === 'quiet')],
        process.pid,
      ).values,
    );
  } catch {
    return undefined; // their own value is the error, which is shown in the usual place
  }
}
