/** What is mounted below the watch directory. */
import type { BytePath } from '../../shared/bytes.js';
import {
  countsDirectories,
  deviceNumber,
  hasSilentLayers,
  isSilent,
  mountOf,
  mountsBelow,
  mountTableIn,
} from '../../shared/mount-table.js';
import type { Mounted } from '../../shared/mount-table.js';

/** By path relative to the watch directory: text that identifies the mounts stacked there. */
type MountPoints = ReadonlyMap<BytePath, string>;

export class Mounts {
  private known: MountPoints = new Map();
  private rows: readonly Mounted[] = [];

  /**
   * Throws when the table cannot be read.
   * @param table of `openMountTable`
   * @param mayEnter whether a mount may be touched
   */
  constructor(
    private readonly directory: BytePath,
    private readonly table: number,
    private readonly mayEnter: (mounted: Mounted) => boolean,
  ) {
    this.known = this.look();
  }

  /** Numbers of the mounts that may be entered, as of the last look. */
  get allowed(): bigint[] {
    return this.rows.filter(this.mayEnter).map(({ id }) => BigInt(id));
  }

  /** Devices of the file systems that change without events, as of the last look. */
  get silent(): bigint[] {
    return this.rows
      .filter((row) => isSilent(row) || hasSilentLayers(row, this.rows))
      .map(deviceNumber);
  }

  /** Devices of the file systems that count a directory's directories, as of the last look. */
  get counting(): bigint[] {
    return this.rows.filter(countsDirectories).map(deviceNumber);
  }

  /** Where below the watch directory mounts are that may not be entered, as of the last look. */
  get refused(): BytePath[] {
    return [
      ...mountPointsBelow(
        this.directory,
        this.rows.filter((row) => !this.mayEnter(row)),
      ).keys(),
    ];
  }

  /** What is mounted below the watch directory, and is another file system than that one's. */
  get others(): Mounted[] {
    const own = mountOf(this.directory, this.rows);
    return mountsBelow(this.directory, this.rows).filter(({ device }) => device !== own?.device);
  }

  /** Where something is mounted below the watch directory, as of the last look. */
  get points(): BytePath[] {
    return [...this.known.keys()].sort();
  }

  /** Whether the file system of the watch directory is mounted below it, too. */
  get isTwice(): boolean {
    const own = mountOf(this.directory, this.rows);
    return mountsBelow(this.directory, this.rows).some(({ device }) => device === own?.device);
  }

  /**
   * Paths at which something was mounted or unmounted since the last call, a directory before those
   * beneath it.
   */
  changed(): BytePath[] {
    const before = this.known;
    this.known = this.look();
    const paths = new Set([...before.keys(), ...this.known.keys()]);
    return [...paths].filter((path) => before.get(path) !== this.known.get(path)).sort();
  }

  private look(): MountPoints {
    this.rows = mountTableIn(this.table);
    return mountPointsBelow(this.directory, this.rows);
  }
}

/** Pure. @param directory absolute */
export function mountPointsBelow(directory: BytePath, table: readonly Mounted[]): MountPoints {
  const points = new Map<BytePath, string>();
  const prefix = directory.endsWith('/') ? directory : directory + '/';
  for (const { id, device, root, point } of table) {
    if (point.length <= prefix.length || !point.startsWith(prefix)) continue;
    const path = point.slice(prefix.length) as BytePath;
    points.set(path, `${points.get(path) ?? ''}${id} ${device} ${root}\n`);
  }
  return points;
}
