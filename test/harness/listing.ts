/** Waits for what a directory has, as long as a daemon changes it. */
import { readdirSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Daemon } from './daemon.js';

/**
 * Waits until the directory has these names and no other. That a name is there, or has gone, does
 * not say so of the others: a sync that still runs has temporary files beside them.
 * @param recursive also names beneath, as paths
 */
export async function lists(
  daemon: Pick<Daemon, 'until'>,
  directory: string,
  names: readonly string[],
  recursive = false,
): Promise<void> {
  const wanted = [...names].sort();
  let found: readonly string[] = [];
  const holds = (): boolean => {
    found = namesIn(directory, recursive) ?? found;
    return isDeepStrictEqual(found, wanted);
  };
  await daemon.until(`just [${wanted.join(', ')}] in ${directory}`, holds, {
    detail: () => `it has [${found.join(', ')}]`,
  });
}

/** Undefined: something has vanished meanwhile. */
function namesIn(directory: string, recursive: boolean): readonly string[] | undefined {
  try {
    return (readdirSync(directory, { recursive }) as string[]).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}
