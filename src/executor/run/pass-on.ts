/**
 * Copies the standard error of programs to the executor's, as fast as that is read, without
 * blocking the executor.
 */
import { createWriteStream } from 'node:fs';
import type { WriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds for which a program's end waits until its output has been read. */
const PATIENCE = 200;

const STDERR = 2;
const NEWLINE = 0x0a;

let target: WriteStream | undefined;

/** A stream that writes in a thread of libuv: a write to a full pipe would block the event loop. */
function open(): WriteStream {
  const stream = createWriteStream('', { fd: STDERR, autoClose: false });
  stream.setMaxListeners(0); // as many as there are programs
  return stream.on('error', () => (target = undefined));
}

/** What comes last is a whole line, so that nothing of another program is taken for its end. */
export function passOn(source: Readable): void {
  const stream = (target ??= open());
  let isOpen = false;
  source
    .on('data', (chunk: Buffer) => (isOpen = chunk.at(-1) !== NEWLINE))
    .once('end', () => void (isOpen && stream.write('\n')))
    .pipe(stream, { end: false });
}

/** Resolves when everything has been written, at the latest after `PATIENCE`. */
export async function passedOn(): Promise<void> {
  if (target === undefined) return;
  const stream = target;
  await Promise.race([
    new Promise<void>((resolve) => stream.write('', () => resolve())),
    delay(PATIENCE),
  ]);
}
