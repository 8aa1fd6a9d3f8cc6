/** What a command was asked to tell, on its standard output. */
import { writeSync } from 'node:fs';
import { codeOf } from '../../shared/system-errors.js';
import { ClsyncError } from '../../shared/errors.js';
import { sleep } from './log.js';

/** Milliseconds between two tries where the descriptor does not wait for who reads. */
const PAUSE = 10;

/**
 * Returns 0 when all is written, however long who reads takes; he may have seen enough before.
 * Throws ClsyncError where it cannot be written.
 */
export function print(text: string): number {
  const bytes = Buffer.from(text, 'utf8');
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'EPIPE') return 0;
      if (code !== 'EAGAIN')
        throw new ClsyncError(
          'CANNOT_WRITE',
          'clsync',
          'to its standard output',
          code ?? String(error),
        );
      sleep(PAUSE);
    }
  }
  return 0;
}
