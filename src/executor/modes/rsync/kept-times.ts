/**
 * What a destination keeps of a file's times. rsync is told to compare them to the nanosecond;
 * where the destination keeps whole seconds (ext3 with small inodes, some NFS) or every second one
 * (FAT), every file would differ for ever. So a time is written and read back.
 */
import { closeSync, constants, fstatSync, openSync, unlinkSync } from 'node:fs';
import { uniqueName } from '../../../shared/unique-name.js';
import { codeOf } from '../../../shared/system-errors.js';
import { join, toBuffer } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';
import { native } from '../../../shared/native.js';
import type { Window } from '../../lists/copies.js';

export interface KeptTimes {
  readonly window: Window;
  /**
   * An inode's change time is there, and of our clock: it tells what was changed after it was
   * copied. FAT has none, a server its own clock.
   */
  readonly changes: boolean;
}

export const EXACT: KeptTimes = { window: -1, changes: true };

/** An odd second, and nanoseconds of which any coarser unit loses some. */
const PROBE = { seconds: 1_000_000_001, nanoseconds: 123_456_789 } as const;
const NANOSECONDS = 1_000_000_000n;
/** open(2): a file without a name. */
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;
/** Milliseconds by which a change time may differ from our clock. */
const SKEW = 1_500;

/** Undefined: nothing can be written there, for now. Leaves nothing behind. */
export function keptTimes(directory: BytePath): KeptTimes | undefined {
  try {
    const probe = openProbe(directory);
    try {
      native.setModified(probe, PROBE.seconds, PROBE.nanoseconds);
      const { mtimeNs, ctimeMs } = fstatSync(probe, { bigint: true });
      return { window: windowOf(mtimeNs), changes: Math.abs(Number(ctimeMs) - Date.now()) < SKEW };
    } finally {
      closeSync(probe);
    }
  } catch {
    return undefined;
  }
}

/** @param kept nanoseconds since the epoch, as read back. Pure. */
export function windowOf(kept: bigint): Window {
  const wanted = BigInt(PROBE.seconds) * NANOSECONDS + BigInt(PROBE.nanoseconds);
  if (kept === wanted) return -1;
  return kept / NANOSECONDS === BigInt(PROBE.seconds) ? 0 : 1;
}

function openProbe(directory: BytePath): number {
  try {
    return openSync(toBuffer(directory), O_TMPFILE | constants.O_RDWR, 0o600);
  } catch (error) {
    if (!['EOPNOTSUPP', 'EISDIR', 'EINVAL', 'ENOSYS'].includes(codeOf(error) ?? '')) throw error;
    return openNamed(directory);
  }
}

/** A file that loses its name at once; the directory keeps its time. */
function openNamed(directory: BytePath): number {
  const above = openSync(toBuffer(directory), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const { mtimeNs } = fstatSync(above, { bigint: true });
    const name = toBuffer(join(directory, uniqueName('.clsync-probe.')));
    const probe = openSync(
      name,
      constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o600,
    );
    unlinkSync(name);
    native.setModified(above, Number(mtimeNs / NANOSECONDS), Number(mtimeNs % NANOSECONDS));
    return probe;
  } finally {
    closeSync(above);
  }
}
