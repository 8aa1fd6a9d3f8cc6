/**
 * What programs write to their standard error, on its way to the daemon's: as fast as that is read,
 * and holding up nothing else.
 */
import { createWriteStream } from 'node:fs';
import type { WriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds that a reader has for what is on its way when the program has ended. */
const PATIENCE = 200;

const STDERR = 2;

let target: WriteStream | undefined;

/** By a thread that may wait: a write to a pipe that nobody empties would hold up this one. */
function open(): WriteStream {
  const stream = createWriteStream('', { fd: STDERR, autoClose: false });
  stream.setMaxListeners(0); // as many as there are programs
  return stream.on('error', () => (target = undefined));
}

export function passOn(source: Readable): void {
  source.pipe((target ??= open()), { end: false });
}

/** Resolves when all that was to be passed on has been, or nobody reads it. */
export async function passedOn(): Promise<void> {
  if (target === undefined) return;
  const stream = target;
  await Promise.race([
    new Promise<void>((resolve) => stream.write('', () => resolve())),
    delay(PATIENCE),
  ]);
}
