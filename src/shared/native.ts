/** The typed door to the C part (src/native): what Node cannot do, or not by descriptor, or not fast enough. */
import { createRequire } from 'node:module';
import { FILES } from './layout.js';

export interface Native {
  /** socketpair(2): AF_UNIX, SOCK_STREAM, close-on-exec. Throws an Error with `code` and `syscall`. */
  socketpair(): [number, number];
}

export const native = createRequire(import.meta.url)(FILES.addon) as Native;

export function socketpair(): [number, number] {
  return native.socketpair();
}
