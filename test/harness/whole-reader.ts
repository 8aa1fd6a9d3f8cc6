/**
 * Reads a file again and again, in a process of its own, and finds out whether there ever was less
 * than a whole version of it.
 */
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { atEnd } from './temporary.js';
import type { Scope } from './temporary.js';

const NUMBER = 4;

/** A version of a file: its own number throughout, and a length that tells the number, too. */
export function version(number: number, length: number): Buffer {
  const bytes = Buffer.alloc(NUMBER);
  bytes.writeUInt32LE(number);
  return Buffer.alloc(NUMBER * (Math.floor(length / NUMBER) + number), bytes);
}

/** What is wrong with it; undefined: it is a whole version. */
function defectOf(content: Buffer, length: number): string | undefined {
  if (content.length < NUMBER) return `${content.length} bytes`;
  const number = content.readUInt32LE();
  const whole = version(number, length);
  if (content.equals(whole)) return undefined;
  return `${content.length} bytes that are not all of the ${whole.length} of version ${number}`;
}

export class WholeReader {
  /** Each time that it was not whole. */
  readonly defects: string[] = [];
  /** Versions that it has read. */
  readonly seen = new Set<number>();

  /**
   * @param lengths what was given to `version` as length, by number
   * @param mayBeAbsent it is no defect that there is no file
   */
  constructor(scope: Scope, path: string, lengths: readonly number[], mayBeAbsent = false) {
    const words = [path, String(mayBeAbsent), ...lengths.map(String)];
    const child = fork(fileURLToPath(import.meta.url), words);
    child.on('message', (told: string | number) =>
      typeof told === 'number' ? this.seen.add(told) : this.defects.push(told),
    );
    let isEnded = false;
    atEnd(scope, () => {
      isEnded = true;
      child.kill('SIGKILL');
    });
    child.on('exit', (code) => void (isEnded || this.defects.push(`the reader ended: ${code}`)));
  }
}

/** Undefined: there is no file. */
function contentOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}

async function readOn(
  path: string,
  lengths: readonly number[],
  mayBeAbsent: boolean,
): Promise<void> {
  for (; ; await sleep(1)) {
    const content = contentOf(path);
    if (content === undefined) {
      if (!mayBeAbsent) process.send?.('no file');
      continue;
    }
    const number = content.length < NUMBER ? 0 : content.readUInt32LE();
    const defect = defectOf(content, lengths[number] ?? 0);
    process.send?.(defect ?? number);
  }
}

const [, program, file, mayBeAbsent, ...numbers] = process.argv;
if (program === fileURLToPath(import.meta.url) && file !== undefined)
  await readOn(file, numbers.map(Number), mayBeAbsent === 'true');
