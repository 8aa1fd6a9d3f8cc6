/** stdout and stderr of a process that shares them with others. */
import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';

/**
 * Node makes streams of 1 and 2 whenever they are mentioned, which the end of any socket does. For
 * a pipe that makes it non-blocking: not for Node alone, but for all who share it, and then what
 * handlers write while nobody reads is lost. So it gets streams that do not.
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
    // whoever reads may have gone
  }
}
