/**
 * Compares source and destination (src/native/compare/comparison.c), in turns, to find paths that
 * rsync's quick check does not handle.
 */
import { closeSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { native } from '../../shared/native.js';
import type { KeptTimes } from './kept-times.js';
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

/** Directory entries examined in one turn. */
const BUDGET = 4096;
/**
 * Seconds by which a file's time may be earlier than the clock: a tick, or the fraction that whole
 * seconds drop.
 */
export const MARGIN = { exact: 0.01, coarse: 1 } as const;
/**
 * A file counts as sparse, and is worth another list, from this size in bytes on, if less than
 * 1/`SPARSE_SHARE` of it is allocated.
 */
export const SPARSE_LEAST = 1 << 20;
export const SPARSE_SHARE = 2;
const HEADER = 16;

export interface Question {
  readonly source: BytePath;
  /** Undefined: it is on another host. */
  readonly destination: BytePath | undefined;
  readonly times: KeptTimes;
  readonly oneFileSystem: boolean;
  /**
   * Milliseconds since the epoch. Where the destination's change times cannot be read, files
   * changed later than this are doubtful. Undefined: no file is doubtful there.
   */
  readonly since: number | undefined;
  /** Paths that are skipped with everything beneath them. */
  readonly skipped: Iterable<BytePath>;
  /**
   * `extra`: names that only the destination has. `files`: files that both have. `shared`: inodes
   * with several names in the source that changed after `since`.
   */
  readonly asked: 'extra' | 'files' | 'shared';
  readonly directories: readonly {
    readonly path: BytePath;
    /**
     * It was moved here: its files may have the same sizes and times as other files that were here
     * before.
     */
    readonly moved?: boolean;
    /** One level only. */
    readonly shallow?: boolean;
  }[];
}

export interface NamedFile {
  readonly path: BytePath;
  readonly links: number;
}

export interface Answer {
  /**
   * Files that rsync's quick check may take to be the same as their copies, although they may have
   * changed after they were copied.
   */
  readonly doubtful: NamedFile[];
  /** Directories that make every file beneath them doubtful. */
  readonly suspect: BytePath[];
  /** Files with holes whose copies differ or do not exist. */
  readonly sparse: NamedFile[];
  /**
   * Files, and other objects that are not directories, that share an inode with another name only
   * at the destination.
   */
  readonly tiedFiles: NamedFile[];
  readonly tiedOthers: NamedFile[];
  readonly extra: { readonly path: BytePath; readonly isDirectory: boolean }[];
  readonly shared: NamedFile[];
}

/** An empty answer. */
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

/**
 * Empty when one of the two directories cannot be opened.
 * @param isCancelled asked between two turns; true ends the comparison with what was found so far
 */
export async function compare(
  question: Question,
  isCancelled: (found: Answer) => boolean,
): Promise<Answer> {
  const answer = noAnswer();
  const source = openDirectory(question.source);
  if (source === undefined) return answer;
  const copy = question.destination === undefined ? undefined : openDirectory(question.destination);
  // Without a destination there are no copies, and no names that only it has.
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

/**
 * For each kind of question. `seen`: the destination is local. `dated`: there is a time `since`.
 */
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

/**
 * Returns a descriptor; undefined when the directory cannot be opened. rsync then reports the
 * error.
 */
export function openDirectory(path: BytePath): number | undefined {
  try {
    return native.openRoot(
      toBuffer(path.length > 1 ? (path.replace(/\/+$/, '') as BytePath) : path),
    );
  } catch {
    return undefined;
  }
}
