/**
 * Finds out what a local destination stores of a file's times, by writing a time and reading it
 * back. rsync is told to compare times to the nanosecond. Where the destination stores whole
 * seconds (ext3 with small inodes, some NFS) or even ones only (FAT), every file would always
 * differ.
 */
import { closeSync, constants, fstatSync, openSync, statSync, unlinkSync } from 'node:fs';
import { uniqueName } from '../../shared/unique-name.js';
import { codeOf } from '../../shared/system-errors.js';
import { join, toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { native } from '../../shared/native.js';
import type { Window } from './copies.js';

export interface KeptTimes {
  readonly window: Window;
  /**
   * Inodes have a change time, and it is of our clock: it shows what was changed after it was
   * copied. FAT has none, and a file server uses its own clock.
   */
  readonly changes: boolean;
}

export const EXACT: KeptTimes = { window: -1, changes: true };

/** An odd second, and nanoseconds that any coarser unit rounds. */
const PROBE = { seconds: 1_000_000_001, nanoseconds: 123_456_789 } as const;
const NANOSECONDS = 1_000_000_000n;
/** open(2): a file without a name. */
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;
/** Milliseconds: a change time that differs more from our clock is not of our clock. */
const SKEW = 1_500;

/** Undefined: nothing can be written into the directory now. Leaves no file behind. */
export function keptTimes(directory: BytePath): KeptTimes | undefined {
  try {
    const { probe, name } = openProbe(directory);
    try {
      native.setModified(probe, PROBE.seconds, PROBE.nanoseconds);
      const { mtimeNs, ctimeMs } = fstatSync(probe, { bigint: true });
      return { window: windowOf(mtimeNs), changes: Math.abs(Number(ctimeMs) - Date.now()) < SKEW };
    } finally {
      closeSync(probe);
      if (name !== undefined) remove(directory, name);
    }
  } catch {
    return undefined;
  }
}

/**
 * The window that a destination needs. Pure.
 * @param kept the time of the probe in nanoseconds since the epoch, as read back
 */
export function windowOf(kept: bigint): Window {
  const wanted = BigInt(PROBE.seconds) * NANOSECONDS + BigInt(PROBE.nanoseconds);
  if (kept === wanted) return -1;
  return kept / NANOSECONDS === BigInt(PROBE.seconds) ? 0 : 1;
}

interface Probe {
  readonly probe: number;
  /** What is to be removed afterwards, and the modification time that the directory had. */
  readonly name?: { readonly path: Buffer; readonly mtimeNs: bigint };
}

function openProbe(directory: BytePath): Probe {
  try {
    return { probe: openSync(toBuffer(directory), O_TMPFILE | constants.O_RDWR, 0o600) };
  } catch (error) {
    if (!['ENOTSUP', 'EISDIR', 'EINVAL', 'ENOSYS'].includes(codeOf(error) ?? '')) throw error;
    return openNamed(directory);
  }
}

/** For file systems without O_TMPFILE. Some set no times of what has no name any longer. */
function openNamed(directory: BytePath): Probe {
  const { mtimeNs } = statSync(toBuffer(directory), { bigint: true });
  const path = toBuffer(join(directory, uniqueName('.clsync-probe.')));
  const probe = openSync(
    path,
    constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o600,
  );
  return { probe, name: { path, mtimeNs } };
}

function remove(directory: BytePath, { path, mtimeNs }: NonNullable<Probe['name']>): void {
  unlinkSync(path);
  const above = openSync(toBuffer(directory), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    native.setModified(above, Number(mtimeNs / NANOSECONDS), Number(mtimeNs % NANOSECONDS));
  } finally {
    closeSync(above);
  }
}
