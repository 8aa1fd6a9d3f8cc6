/**
 * Finds out how precisely a destination on another host stores modification times. rsync lists,
 * without writing anything, which source files with nanoseconds in their times it would transfer,
 * and why. Files that differ only by a fraction of a second show that the destination stores whole
 * seconds. A few such files prove nothing, and copying them again does no harm.
 */
import { promises } from 'node:fs';
import { ROOT, fromBuffer, join, toBuffer } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';
import { EXACT } from '../../lists/kept-times.js';
import type { Window } from '../../lists/copies.js';
import { Lines } from '../../run/lines.js';
import { words } from '../../run/runner.js';
import type { Failure } from '../failure.js';
import type { Services, Situation } from '../mode.js';
import { RsyncOutput } from './output.js';
import type { Rsync } from './run.js';

export const ASKING = words(
  '--dry-run',
  '--ignore-missing-args',
  '--info=name2',
  '--out-format=%i',
);
/** Most files rsync is asked about, and most names examined to find them. */
const SAMPLES = 32;
const LOOKED_AT = 2_000;
/** Fewer files than this prove nothing. */
const LEAST = 3;
const LONGEST_LINE = 1 << 10;
const SECOND = 1_000_000_000n;
/**
 * rsync(1), --itemize-changes: a regular file with the same content and size; captures the letter
 * for its time. A `+` there, for a new file, does not match.
 */
const SAME = /^[<>.]f[. ][. ]([tT. ])/;

/** Sets `rsync.times`. Returns a failure when rsync could not ask the other host. */
export async function learnRemoteTimes(
  services: Services,
  rsync: Rsync,
  situation: Situation,
): Promise<Failure | undefined> {
  const files = (await samples(services)).map((path) => `./${path}` as BytePath);
  if (files.length < LEAST) return undefined;
  const differing: Partial<Record<Window, number>> = {};
  for (const window of [-1, 0, 1] as const) {
    const answer = new Itemized();
    const failure = await rsync.run(
      { options: ASKING, input: '--files-from', files, excludes: [], window },
      situation,
      answer,
    );
    if (failure !== undefined) return failure;
    if (window === -1 && (answer.equal > 0 || answer.differing < LEAST)) return undefined;
    differing[window] = answer.differing;
  }
  rsync.times = { ...EXACT, window: coarsest(differing as Readonly<Record<Window, number>>) };
  return undefined;
}

/**
 * The smallest window that the destination needs. Pure.
 * @param differing for each window, how many files differ only in their time
 */
export function coarsest(differing: Readonly<Record<Window, number>>): Window {
  if (differing[-1] - differing[1] < LEAST) return -1;
  return differing[1] < differing[0] ? 1 : 0;
}

class Itemized extends RsyncOutput {
  /** Files that are the same, and files that differ only in their time. */
  equal = 0;
  differing = 0;
  private readonly written = new Lines(LONGEST_LINE, /\n/);

  constructor() {
    super(() => undefined);
  }

  override stdout(chunk: Buffer): void {
    for (const line of this.written.push(chunk)) {
      const time = SAME.exec(line)?.[1]?.toLowerCase();
      if (time === 't') this.differing++;
      else if (time !== undefined) this.equal++;
    }
  }
}

async function samples({ settings, refused }: Services): Promise<BytePath[]> {
  const { watchDirectory } = settings();
  const found: BytePath[] = [];
  const waiting: BytePath[] = [ROOT];
  let looked = 0;
  for (let directory = waiting.shift(); directory !== undefined; directory = waiting.shift()) {
    for (const name of await promises
      .readdir(toBuffer(join(watchDirectory, directory)), {
        encoding: 'buffer',
      })
      .catch(() => [])) {
      if (found.length >= SAMPLES || looked++ >= LOOKED_AT) return found;
      const path = join(directory, fromBuffer(name));
      const stats = await promises
        .lstat(toBuffer(join(watchDirectory, path)), { bigint: true })
        .catch(() => undefined);
      if (stats === undefined || refused.covers(path)) continue;
      if (stats.isDirectory()) waiting.push(path);
      else if (stats.isFile() && stats.mtimeNs % SECOND !== 0n) found.push(path);
    }
  }
  return found;
}
