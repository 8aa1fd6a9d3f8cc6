/** Prints the result of a command on standard output. */
import { writeSync } from 'node:fs';
import { codeOf, systemReason } from '../../shared/system-errors.js';
import { ClsyncError } from '../../shared/errors.js';
import { sleep } from '../sleep.js';

/** Milliseconds between two tries when the descriptor is non-blocking and its reader is slow. */
const PAUSE = 10;

/**
 * Writes all of `text`, however slow the reader is, and returns 0, the exit status. A reader that
 * closes its end early is no error. Throws ClsyncError when writing fails.
 */
export function print(text: string): number {
  return printTo(1, text);
}

/**
 * The same on standard error. What `process.stderr` is given is lost now and then when the process
 * ends with it.
 */
export function complain(text: string): number {
  return printTo(2, text);
}

function printTo(descriptor: 1 | 2, text: string): number {
  const bytes = Buffer.from(text, 'utf8');
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'EPIPE') return 0;
      if (code !== 'EAGAIN')
        throw new ClsyncError(
          'CANNOT_PRINT',
          descriptor === 1 ? 'the standard output' : 'the standard error',
          systemReason(error),
        );
      sleep(PAUSE);
    }
  }
  return 0;
}
