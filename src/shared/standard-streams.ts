/** stdout and stderr of a process that shares them with others. */
import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';

/**
 * Replaces process.stdout and process.stderr. Node's own streams make a pipe non-blocking as soon
 * as they are used, which the end of any socket does. That flag applies to all processes that share
 * the pipe, so that handlers would lose output when the reader is slow.
 */
export function shareStandardStreams(
  write: (descriptor: 1 | 2, text: string) => void = writeNow,
): void {
  for (const [name, descriptor] of [
    ['stdout', 1],
    ['stderr', 2],
  ] as const) {
    const stream = new Writable({
      decodeStrings: false,
      write(text: unknown, _encoding, done) {
        write(descriptor, String(text));
        done();
      },
    });
    Object.defineProperty(process, name, { configurable: true, value: stream });
  }
}

function writeNow(descriptor: number, text: string): void {
  try {
    writeSync(descriptor, text);
  } catch {
    // the reader may have closed the pipe
  }
}
