/**
 * The files of the state directory. The master opens them; the executor gets descriptors, the first
 * of which is `DESCRIPTORS.granted`, and no process gets their paths.
 */
export const STATE_FILES = ['records', 'marks-0', 'marks-1'] as const;

/**
 * Names of records: source and destination at the last sync, why deletions are held, whether
 * syncing is paused and when that was said (milliseconds since the epoch), and by which rules
 * was synced.
 */
export const RECORDS = {
  ground: 'ground',
  doubt: 'doubt',
  paused: 'paused',
  pausedAt: 'pausedAt',
  rules: 'rules',
} as const;

/** Version of their format; what another version has written is not read. */
export const STATE_VERSION = 1;
