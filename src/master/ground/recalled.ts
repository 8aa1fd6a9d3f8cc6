/** What stood at the paths at the last sync, in an earlier run: a record of `--state-dir`. */
import { OVERLAY, isSame, isSameFileSystem } from './identity.js';
import type { DirectoryIdentity } from './identity.js';

export interface Recalled {
  readonly source: DirectoryIdentity | undefined;
  readonly destination: DirectoryIdentity | undefined;
}

/** @param record as it was read; what is no record of that kind tells nothing */
export function recalledFrom(record: unknown): Recalled {
  const { source, destination } = object(record);
  return { source: identityFrom(source), destination: identityFrom(destination) };
}

/**
 * Whether the source is the one of the last sync. Overlayfs may have replaced it by its copy, that
 * has a handle and a birth of its own.
 */
export function isRecalled(before: DirectoryIdentity, found: DirectoryIdentity): boolean {
  return found.type === OVERLAY ? isSameFileSystem(before, found) : isSame(before, found);
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
