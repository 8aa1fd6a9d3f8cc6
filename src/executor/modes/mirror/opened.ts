/**
 * Opens source, destination and the directory of old versions, finds out what the destination
 * keeps, and starts the threads that copy.
 */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { display, join, toBuffer } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';
import { ClsyncError } from '../../../shared/errors.js';
import { native } from '../../../shared/native.js';
import { codeOf } from '../../../shared/system-errors.js';
import { uniqueName } from '../../../shared/unique-name.js';
import { EXACT, keptTimes } from '../../lists/kept-times.js';
import type { KeptTimes } from '../../lists/kept-times.js';
import type { Failure } from '../failure.js';
import type { Services } from '../mode.js';
import { closeRoot, failureOfError, failureOfRoot, openRoot, writing } from './roots.js';
import type { Root } from './roots.js';
import { Runs } from './runs.js';
import { ownRights, termsOf } from './terms.js';
import { encodeTerms } from './wire.js';

export interface Opened {
  readonly source: Root;
  readonly destination: Root;
  /** Of the destination. */
  readonly times: KeptTimes;
  readonly runs: Runs;
}

/** Throws ClsyncError where nothing can be moved to the directory of old versions. */
export async function openTrees(
  { settings, handlers, progress }: Pick<Services, 'settings' | 'handlers' | 'progress'>,
  destinationPath: BytePath,
): Promise<Opened | Failure> {
  const { watchDirectory, mirrorAttributes, oneFileSystem, backupDirectory, verifies } = settings();
  const onlyLooks = verifies?.repair === false;
  const roots: Root[] = [];
  const give = <T>(failure: T): T => {
    roots.forEach(closeRoot);
    return failure;
  };
  for (const path of [watchDirectory, destinationPath, backupDirectory])
    try {
      if (path === undefined) continue;
      await answers(path);
      roots.push(openRoot(path));
    } catch (error) {
      return give(failureOfError(path as BytePath, error));
    }
  const [source, destination, backup] = roots as [Root, Root, Root | undefined];
  const kept = onlyLooks ? EXACT : writing(destination, () => keptTimes(destinationPath));
  const failure =
    kept === undefined ? await failureOfRoot(destination, 'destination', true) : undefined;
  if (failure !== undefined) return give(failure);
  if (backup !== undefined && !onlyLooks)
    writing(destination, () => checkMoves(destinationPath, backup.path));
  const times = kept ?? EXACT;
  const terms = termsOf(mirrorAttributes, oneFileSystem, handlers.mirrored, ownRights(), times);
  const handle = native.mirrorOpen(
    source.descriptor,
    destination.descriptor,
    backup?.descriptor ?? -1,
    encodeTerms(terms),
  );
  return { source, destination, times, runs: new Runs(handle, progress) };
}

/** Waits for a file system that does not answer, which nobody else is to. */
async function answers(path: BytePath): Promise<void> {
  await native.lookAtWritable(toBuffer(path));
}

/** Another mount of the same file system will not do. */
function checkMoves(destination: BytePath, backup: BytePath): void {
  const name = uniqueName('.clsync-probe.');
  const [from, to] = [destination, backup].map((directory) => toBuffer(join(directory, name)));
  if (from === undefined || to === undefined) return;
  try {
    writeFileSync(from, '', { flag: 'wx', mode: 0o600 });
    renameSync(from, to);
    rmSync(to);
  } catch (error) {
    rmSync(from, { force: true });
    if (codeOf(error) !== 'EXDEV') return;
    throw new ClsyncError('BACKUP_ELSEWHERE', display(backup), display(destination));
  }
}
