/** What is mounted below the watch directory, from /proc/self/mountinfo (proc(5)). */
import { readFileSync } from 'node:fs';
import { fromBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';

const MOUNT_INFO = '/proc/self/mountinfo';

/**
 * By path relative to the watch directory: what tells the mounts there, one upon the other, from
 * others.
 */
type MountPoints = ReadonlyMap<BytePath, string>;

export class Mounts {
  private known: MountPoints;

  /** Throws where the file cannot be read. */
  constructor(private readonly directory: BytePath) {
    this.known = this.look();
  }

  /**
   * Where something has been mounted or unmounted since the last look; directories before what is
   * beneath them.
   */
  changed(): BytePath[] {
    const before = this.known;
    this.known = this.look();
    const paths = new Set([...before.keys(), ...this.known.keys()]);
    return [...paths].filter((path) => before.get(path) !== this.known.get(path)).sort();
  }

  private look(): MountPoints {
    return mountPointsBelow(this.directory, fromBuffer(readFileSync(MOUNT_INFO)));
  }
}

/** Pure. @param directory absolute. @param text content of /proc/self/mountinfo. */
export function mountPointsBelow(directory: BytePath, text: string): MountPoints {
  const points = new Map<BytePath, string>();
  const prefix = directory.endsWith('/') ? directory : directory + '/';
  for (const line of text.split('\n')) {
    const [id = '', , device = '', root = '', escaped = ''] = line.split(' ');
    const point = escaped.replace(/\\(\d{3})/g, (_, octal: string) =>
      String.fromCharCode(parseInt(octal, 8)),
    );
    if (point.length <= prefix.length || !point.startsWith(prefix)) continue;
    const path = point.slice(prefix.length) as BytePath;
    points.set(path, `${points.get(path) ?? ''}${id} ${device} ${root}\n`);
  }
  return points;
}
