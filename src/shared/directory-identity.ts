/**
 * The identity of a directory, which stays the same when its file system is unmounted and mounted
 * again: found by the master, kept in a record of `--state-dir`.
 */

/** Texts to compare; empty when the system has no such value. */
export interface DirectoryIdentity {
  /** Device, inode and the like: differs as soon as another directory stands at the path. */
  readonly here: string;
  readonly inode: string;
  /** The file system's handle of the inode, which differs when an inode number is used again. */
  readonly handle: string;
  readonly born: string;
  readonly type: string;
  /**
   * The id of statfs(2): some file systems make it from their UUID, others from the device number;
   * network file systems have none.
   */
  readonly id: string;
  readonly uuid: string;
  /** The UUID or serial number that udev(7) found on the device. */
  readonly volume: string;
  /** Type and source, as given to mount(8). */
  readonly mounted: string;
  /** Whether it is the root of a mount. */
  readonly isMountPoint: boolean;
  /** User number of its owner. */
  readonly owner: number;
}

/** Those of the ground, as a record has them. */
export interface Identities {
  readonly source: DirectoryIdentity | undefined;
  readonly destination: DirectoryIdentity | undefined;
}

/** @param record as it was read; what is no record of that kind tells nothing */
export function identitiesFrom(record: unknown): Identities {
  const { source, destination } = object(record);
  return { source: identityFrom(source), destination: identityFrom(destination) };
}

/** Whether it is the same directory of the same file system; when in doubt, not. */
export function isSame(one: DirectoryIdentity, other: DirectoryIdentity): boolean {
  if (
    one.handle !== '' && other.handle !== ''
      ? one.handle !== other.handle
      : one.inode !== other.inode
  )
    return false;
  if (!agree(one.born, other.born)) return false;
  return isSameFileSystem(one, other);
}

/**
 * Device numbers are given out anew, and so are the ids made of them: whatever else is known has
 * the last word.
 */
export function isSameFileSystem(one: DirectoryIdentity, other: DirectoryIdentity): boolean {
  if (one.type !== other.type || !agree(one.uuid, other.uuid) || !agree(one.volume, other.volume))
    return false;
  if (one.id === '' && other.id === '') return one.mounted === other.mounted;
  return (
    one.id === other.id || isKnownAs(one.uuid, other.uuid) || isKnownAs(one.volume, other.volume)
  );
}

/** Nothing speaks against it. */
function agree(one: string, other: string): boolean {
  return one === '' || other === '' || one === other;
}

function isKnownAs(one: string, other: string): boolean {
  return one !== '' && one === other;
}

const TEXTS = ['inode', 'handle', 'born', 'type', 'id', 'uuid', 'volume', 'mounted'] as const;

function identityFrom(record: unknown): DirectoryIdentity | undefined {
  const found = object(record);
  const { isMountPoint, owner } = found;
  if (typeof isMountPoint !== 'boolean' || typeof owner !== 'number') return undefined;
  const texts = TEXTS.flatMap((name) => {
    const text = found[name];
    return typeof text === 'string' ? [[name, text] as const] : [];
  });
  if (texts.length < TEXTS.length) return undefined;
  const all = Object.fromEntries(texts) as Record<(typeof TEXTS)[number], string>;
  return { ...all, isMountPoint, owner, here: '' };
}

function object(record: unknown): Readonly<Record<string, unknown>> {
  return typeof record === 'object' && record !== null ? { ...record } : {};
}
