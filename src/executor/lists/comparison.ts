/**
 * Looks at source and destination side by side (src/native/compare/comparison.c), in turns, for
 * what rsync must be told besides names.
 */
import { closeSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { native } from '../../shared/native.js';
import type { KeptTimes } from '../modes/rsync/kept-times.js';
import { nulEnded } from './excludes.js';

/** Bits of `enum compare_option` and `enum extent`, and numbers of `enum difference_kind`. */
const Option = {
  doubtful: 1,
  sparse: 2,
  extra: 4,
  oneFileSystem: 8,
  coarse: 16,
  noChangeTimes: 32,
  tied: 64,
  shared: 128,
} as const;
const Extent = { suspect: 1, shallow: 2 } as const;
const Kind = {
  doubtful: 1,
  suspect: 2,
  sparse: 3,
  extra: 4,
  tiedFile: 5,
  tiedOther: 6,
  shared: 7,
} as const;

/** Directory entries of one turn. */
const BUDGET = 4096;
/**
 * Seconds that file times may lag behind the clock, and so behind what they follow: a tick, or what
 * whole seconds lack.
 */
const MARGIN = { exact: 0.01, coarse: 1 } as const;
/** Bytes from which holes are worth another list, if less than one part in so many is allocated. */
export const SPARSE_LEAST = 1 << 20;
export const SPARSE_SHARE = 2;
const HEADER = 16;

export interface Question {
  readonly source: BytePath;
  /** Undefined where it is on another host. */
  readonly destination: BytePath | undefined;
  readonly times: KeptTimes;
  readonly oneFileSystem: boolean;
  /**
   * Milliseconds since the epoch: what was changed later is not known to be at a destination whose
   * change times cannot be seen. Undefined: nothing is in doubt there.
   */
  readonly since: number | undefined;
  /** Left alone with all that is beneath. */
  readonly skipped: Iterable<BytePath>;
  /**
   * Names that only the destination has; files that both have; or what has several names in the
   * source and was changed since.
   */
  readonly asked: 'extra' | 'files' | 'shared';
  readonly directories: readonly {
    readonly path: BytePath;
    /**
     * It was moved here: another content than the one that was here may have the same sizes and
     * times.
     */
    readonly moved?: boolean;
    /** One level is asked for. */
    readonly shallow?: boolean;
  }[];
}

export interface NamedFile {
  readonly path: BytePath;
  readonly links: number;
}

export interface Answer {
  /**
   * Files that rsync's quick check may take for their copies, though a change may have come after
   * those.
   */
  readonly doubtful: NamedFile[];
  /** Directories because of which all beneath them is in doubt. */
  readonly suspect: BytePath[];
  /** Files with holes that are not at the destination as they are. */
  readonly sparse: NamedFile[];
  /**
   * Files, and what else is no directory, that share an object with another name at the destination
   * only.
   */
  readonly tiedFiles: NamedFile[];
  readonly tiedOthers: NamedFile[];
  readonly extra: { readonly path: BytePath; readonly isDirectory: boolean }[];
  readonly shared: NamedFile[];
}

/** Of nothing that was looked at. */
export function noAnswer(): Answer {
  return {
    doubtful: [],
    suspect: [],
    sparse: [],
    tiedFiles: [],
    tiedOthers: [],
    extra: [],
    shared: [],
  };
}

/** @param isCancelled asked between two turns: there is nothing more to be done with the answer */
export async function compare(
  question: Question,
  isCancelled: (found: Answer) => boolean,
): Promise<Answer> {
  const answer = noAnswer();
  const source = openDirectory(question.source);
  if (source === undefined) return answer;
  const copy = question.destination === undefined ? undefined : openDirectory(question.destination);
  // Nothing looks like a copy where there is none, and nothing is there only.
  if (copy === undefined && question.destination !== undefined) return (closeSync(source), answer);
  const handle = native.compareOpen(
    source,
    copy ?? -1,
    termsOf(question),
    nulEnded([...question.skipped].sort()),
  );
  try {
    for (const { path, moved, shallow } of question.directories) {
      native.compareAdd(
        handle,
        toBuffer(path),
        (moved === true ? Extent.suspect : 0) | (shallow === true ? Extent.shallow : 0),
      );
    }
    for (let more = true; more && !isCancelled(answer);) {
      const [findings, goesOn] = native.compareStep(handle, BUDGET);
      note(findings, answer);
      more = goesOn;
      if (more) await nextTurn();
    }
  } finally {
    native.compareClose(handle);
  }
  return answer;
}

/** By what is asked; whether there is a copy to be seen, and a time since when changes count. */
const optionsFor: Readonly<Record<Question['asked'], (seen: boolean, dated: boolean) => number>> = {
  extra: () => Option.extra,
  shared: () => Option.shared,
  files: (seen, dated) =>
    Option.sparse | (seen || dated ? Option.doubtful : 0) | (seen ? Option.tied : 0),
};

function termsOf({ destination, times, oneFileSystem, since, asked }: Question): number[] {
  const coarse = times.window >= 0;
  const options =
    optionsFor[asked](destination !== undefined, since !== undefined) |
    (oneFileSystem ? Option.oneFileSystem : 0) |
    (coarse ? Option.coarse : 0) |
    (times.changes ? 0 : Option.noChangeTimes);
  return [
    options,
    times.window,
    coarse ? MARGIN.coarse : MARGIN.exact,
    (since ?? Infinity) / 1000,
    SPARSE_LEAST,
    SPARSE_SHARE,
  ];
}

function note(findings: Buffer, answer: Answer): void {
  for (let at = 0; at < findings.length; at += findings.readUInt32LE(at + 4)) {
    const links = findings.readUInt32LE(at + 8);
    const path = findings.toString(
      'latin1',
      at + HEADER,
      at + HEADER + findings.readUInt32LE(at + 12),
    ) as BytePath;
    switch (findings.readUInt8(at)) {
      case Kind.doubtful:
        answer.doubtful.push({ path, links });
        break;
      case Kind.suspect:
        answer.suspect.push(path);
        break;
      case Kind.sparse:
        answer.sparse.push({ path, links });
        break;
      case Kind.tiedFile:
        answer.tiedFiles.push({ path, links });
        break;
      case Kind.tiedOther:
        answer.tiedOthers.push({ path, links });
        break;
      case Kind.shared:
        answer.shared.push({ path, links });
        break;
      case Kind.extra:
        answer.extra.push({ path, isDirectory: findings.readUInt8(at + 1) === 1 });
        break;
    }
  }
}

/** Undefined when there is none that can be looked at: rsync will say what is wrong with it. */
export function openDirectory(path: BytePath): number | undefined {
  try {
    return native.openRoot(
      toBuffer(path.length > 1 ? (path.replace(/\/+$/, '') as BytePath) : path),
    );
  } catch {
    return undefined;
  }
}
