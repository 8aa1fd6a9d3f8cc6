/**
 * Runs the bench on a file system of its own: in memory, or in a file on the disk. It is mounted in
 * a mount namespace of its own, so that nothing is left of it; needs root.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface FileSystem {
  readonly name: string;
  /** Makes one in a file; undefined: none is needed. */
  readonly make?: readonly string[];
}

export const FILE_SYSTEMS: readonly FileSystem[] = [
  { name: 'tmpfs' },
  { name: 'ext4', make: ['mkfs.ext4', '-q'] },
  { name: 'btrfs', make: ['mkfs.btrfs', '-q'] },
  { name: 'xfs', make: ['mkfs.xfs', '-q'] },
];
/** Bytes; as little of it exists as is used. */
const SIZE = 8 * 2 ** 30;
const MOUNT = 'mount -t "$1" $2 "$3" "$4" && chmod 1777 "$4" && shift 4 && exec "$@"';

/** Runs this program again, with the same arguments but `--on`; returns its exit status. */
export function runOn({ name, make }: FileSystem): number {
  const directory = mkdtempSync(join(tmpdir(), 'clsync-bench-'));
  const [disk, point] = [join(directory, 'disk'), mkdtempSync(join(directory, 'mount-'))];
  chmodSync(directory, 0o755); // for contenders that change their user
  chmodSync(point, 0o755);
  try {
    const [program, ...words] = make ?? [];
    if (program !== undefined) {
      writeFileSync(disk, '');
      truncateSync(disk, SIZE);
      const { status, error } = spawnSync(program, [...words, disk], { stdio: 'inherit' });
      if (status !== 0) throw new Error(`${program}: ${error?.message ?? `exit ${status}`}`);
    }
    const [main = '', ...all] = process.argv.slice(1);
    const rest = all.filter((word, at) => word !== '--on' && all[at - 1] !== '--on');
    const mounting = [MOUNT, 'sh', name, make === undefined ? '-osize=8g' : '-oloop', disk, point];
    const again = [process.execPath, main, ...rest];
    const inside = ['--mount', '--propagation', 'private', 'sh', '-c', ...mounting, ...again];
    const env = { ...process.env, TMPDIR: point };
    return spawnSync('unshare', inside, { stdio: 'inherit', env }).status ?? 1;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
