/** What is mounted, as this process sees it. */
import { readFileSync } from 'node:fs';
import type { BytePath } from '../shared/bytes.js';

export interface Mounted {
  /** Absolute. */
  readonly point: BytePath;
  /** As in filesystems(5), e.g. `ext4`. */
  readonly type: string;
}

/**
 * See mountinfo in proc(5): the fifth field, blanks and the like in octal; the type after a dash.
 */
export function mountTable(): Mounted[] {
  const lines = readFileSync('/proc/self/mountinfo', 'latin1')
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line) => {
    const [front = '', back = ''] = line.split(' - ');
    const point = (front.split(' ')[4] ?? '').replace(/\\(\d{3})/g, (_, octal: string) =>
      String.fromCharCode(parseInt(octal, 8)),
    );
    return { point: point as BytePath, type: back.split(' ')[0] ?? '' };
  });
}
