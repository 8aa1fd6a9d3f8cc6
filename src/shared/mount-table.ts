/** What is mounted, as this process sees it: mountinfo in proc(5). */
import { openSync, readFileSync, readSync } from 'node:fs';
import { fromBuffer, isWithin, unescapeOctal } from './bytes.js';
import type { BytePath } from './bytes.js';

const MOUNT_INFO = '/proc/self/mountinfo';

export interface Mounted {
  /** Number of the mount. */
  readonly id: string;
  /** `major:minor` of the file system. */
  readonly device: string;
  /** The part of the file system that is mounted, escaped as in the file. */
  readonly root: string;
  /** Absolute. */
  readonly point: BytePath;
  /** Options of the mount, such as `nosuid`. */
  readonly flags: readonly string[];
  /** As in filesystems(5), e.g. `ext4`. */
  readonly type: string;
  /** Escaped as in the file. */
  readonly source: string;
  /** Options of the file system. */
  readonly options: readonly string[];
}

/** Throws an errno error when the file cannot be read. */
export function mountTable(): Mounted[] {
  return parseMountTable(fromBuffer(readFileSync(MOUNT_INFO)));
}

/** For a process that can open no file later: see `mountTableIn`. Throws an errno error. */
export function openMountTable(): number {
  return openSync(MOUNT_INFO, 'r');
}

/** The present table, read anew from a descriptor of `openMountTable`. */
export function mountTableIn(descriptor: number): Mounted[] {
  const pieces: Buffer[] = [];
  for (let at = 0, got = -1; got !== 0; at += got) {
    const piece = Buffer.allocUnsafe(64 << 10);
    got = readSync(descriptor, piece, 0, piece.length, at);
    pieces.push(piece.subarray(0, got));
  }
  return parseMountTable(fromBuffer(Buffer.concat(pieces)));
}

/** Pure. @param text content of /proc/PID/mountinfo, one character a byte */
export function parseMountTable(text: string): Mounted[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [front = '', back = ''] = line.split(' - ');
      const [id = '', , device = '', root = '', point = '', flags = ''] = front.split(' ');
      const [type = '', source = '', options = ''] = back.split(' ');
      return {
        id,
        device,
        root,
        point: unescapeOctal(point, /\\(\d{3})/g) as BytePath,
        flags: flags.split(','),
        type,
        source,
        options: options.split(','),
      };
    });
}

/** Pure. The mounts below a directory, without one at it. */
export function mountsBelow(directory: BytePath, table: readonly Mounted[]): Mounted[] {
  return table.filter(({ point }) => point !== directory && isWithin(point, directory));
}

/** Pure. What a directory is in: of the mounts at its path or nearest above, the uppermost. */
export function mountOf(directory: BytePath, table: readonly Mounted[]): Mounted | undefined {
  let best: Mounted | undefined;
  for (const row of table)
    if (isWithin(directory, row.point) && row.point.length >= (best?.point.length ?? 0)) best = row;
  return best;
}

/**
 * Whether it is a FUSE mount of another user than root and the daemon's starter. A process of that
 * user answers every system call in it: with any error, or never. Pure.
 * @param starter uid of the user who started the daemon
 */
export function isForeign({ type, options }: Mounted, starter: number): boolean {
  // Not fuseblk: only root can mount a block device.
  if (type !== 'fuse' && !type.startsWith('fuse.')) return false;
  const owner = options.find((option) => option.startsWith('user_id='));
  const uid = owner === undefined ? NaN : Number(owner.slice('user_id='.length));
  return uid !== 0 && uid !== starter;
}

/**
 * File systems that other machines, or processes, change, which inotify(7) tells nothing of. FUSE
 * has a type for each program, after a dot.
 */
const SILENT: ReadonlySet<string> = new Set([
  ...['nfs', 'nfs4', 'cifs', 'smb3', '9p', 'virtiofs', 'vboxsf', 'vmhgfs', 'ceph', 'afs', 'coda'],
  ...['lustre', 'ocfs2', 'gfs2', 'fuse'],
]);

/** Whether what is in it may change without events. Pure. */
export function isSilent({ type }: Mounted): boolean {
  return SILENT.has(type.split('.')[0] ?? '');
}

/**
 * Whether it is an overlay of which a layer below may be written to, which has no event, either.
 * Nobody does that to the layers that the system itself runs from: a container's image. Pure.
 */
export function hasSilentLayers({ type, device }: Mounted, table: readonly Mounted[]): boolean {
  if (type !== 'overlay') return false;
  return !table.some((row) => row.device === device && SYSTEM.has(row.point));
}

/** Where programs are. */
const SYSTEM: ReadonlySet<string> = new Set(['/', '/usr']);

/**
 * File systems where a directory has a link for itself, one for its name, and one for each
 * directory in it. Others, and ext4 for very many, say 1 or what they like.
 */
const COUNTING: ReadonlySet<string> = new Set(['tmpfs', 'ext2', 'ext3', 'ext4', 'xfs']);

/** Whether a directory with two links has no directory in it. Pure. */
export function countsDirectories({ type }: Mounted): boolean {
  return COUNTING.has(type);
}

/** `st_dev` of its files, as makedev(3) has it. Pure. */
export function deviceNumber({ device }: Pick<Mounted, 'device'>): bigint {
  const [major = 0n, minor = 0n] = device.split(':').map(BigInt);
  return (
    ((major & ~0xfffn) << 32n) |
    ((minor & ~0xffn) << 12n) |
    ((major & 0xfffn) << 8n) |
    (minor & 0xffn)
  );
}
