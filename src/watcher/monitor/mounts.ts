/** What is mounted below the watch directory. */
import type { BytePath } from '../../shared/bytes.js';
import type { Payload } from '../../shared/messages.js';
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

/** Most mounts of a kind that are told. */
const MOST = 1000;

interface MountTerms {
  /** Those of other file systems are left out. */
  readonly oneFileSystem: boolean;
  /** Also those that may otherwise not be touched. */
  readonly entersAll: boolean;
  /** One file system is watched otherwise than others. */
  readonly isMarked: boolean;
}

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

  /**
   * The mounts below by how they are watched, as of the last look: as the watch directory is, by
   * inotify, by comparison with or without events, or not at all.
   */
  sorted({ oneFileSystem, entersAll, isMarked }: MountTerms): Payload<'mounts'> {
    const own = mountOf(this.directory, this.rows);
    const kindOf = (row: Mounted): keyof Payload<'mounts'> => {
      const isOther = row.device !== own?.device;
      if ((isOther && oneFileSystem) || !(entersAll || this.mayEnter(row))) return 'leftOut';
      if (isSilent(row) || hasSilentLayers(row, this.rows)) return 'compared';
      return isOther && isMarked ? 'inotify' : 'alike';
    };
    // Of several at one place the last is seen.
    const kinds = new Map(
      mountsBelow(this.directory, this.rows).map((row) => [row.point, kindOf(row)]),
    );
    const start = prefixOf(this.directory).length;
    const of = (wanted: keyof Payload<'mounts'>): BytePath[] =>
      [...kinds]
        .filter(([, kind]) => kind === wanted)
        .slice(0, MOST)
        .map(([point]) => point.slice(start) as BytePath);
    return {
      alike: of('alike'),
      inotify: of('inotify'),
      compared: of('compared'),
      leftOut: of('leftOut'),
    };
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
  const prefix = prefixOf(directory);
  for (const { id, device, root, point } of table) {
    if (point.length <= prefix.length || !point.startsWith(prefix)) continue;
    const path = point.slice(prefix.length) as BytePath;
    points.set(path, `${points.get(path) ?? ''}${id} ${device} ${root}\n`);
  }
  return points;
}

function prefixOf(directory: BytePath): string {
  return directory.endsWith('/') ? directory : directory + '/';
}
