/** Directories with programs and the libraries they need, which every view shows. */
import { fromText, isWithin } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';

export const PROGRAM_DIRECTORIES = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];

/** Those with libraries; some distributions' Node has modules of its own in the last. */
export const LIBRARY_DIRECTORIES = [
  ...['/lib', '/lib32', '/lib64', '/libx32'].flatMap((path) => [path, `/usr${path}`]),
  '/usr/local/lib',
  '/usr/share/nodejs',
];

/**
 * Whether a program directory contains the path, so that it is granted already. Where /bin is a
 * link to /usr/bin, it cannot be mounted a second time.
 */
export function isProgramDirectory(path: BytePath): boolean {
  return PROGRAM_DIRECTORIES.some((directory) => isWithin(path, fromText(directory)));
}
