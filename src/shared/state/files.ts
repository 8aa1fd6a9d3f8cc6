/**
 * The files of the state directory. The master opens them; the executor gets descriptors, the first
 * of which is `DESCRIPTORS.granted`, and no process gets their paths.
 */
export const STATE_FILES = ['records', 'marks-0', 'marks-1'] as const;

/**
 * Names of records: source and destination at the last sync, why deletions are held, whether
 * syncing is paused and the number of the order that said so (higher than those of all before;
 * older versions wrote the time), and by which rules was synced.
 */
export const RECORDS = {
  ground: 'ground',
  doubt: 'doubt',
  paused: 'paused',
  pauseNumber: 'pausedAt',
  rules: 'rules',
} as const;

/** Version of their format; what another version has written is not read. */
export const STATE_VERSION = 1;
