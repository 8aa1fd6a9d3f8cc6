/** Several destinations of one watch (`--also-to`), checked together. */
import { statSync } from 'node:fs';
import { display, isWithin, toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { DESTINATIONS_MAX } from '../sandbox/roles.js';
import type { Paths } from './load-paths.js';

/** Throws ClsyncError where one would be in the way of another. */
export function checkDestinations(all: readonly Paths[]): void {
  if (all.length < 2) return;
  if (all.length > DESTINATIONS_MAX)
    throw new ClsyncError('DESTINATIONS_MANY', String(DESTINATIONS_MAX));
  // Each destination would have to be left out of what all others are sent.
  if (all[0]?.watchDirectory === '/')
    throw new ClsyncError(
      'CONFLICT',
      '--also-to',
      'is not supported yet where / is watched',
      'leave it out',
    );
  for (const [index, one] of all.entries())
    for (const other of all.slice(0, index)) {
      checkPair(one, other);
      checkBackups(one, other);
      checkBackups(other, one);
      checkLists(one, other);
    }
}

function checkBackups({ backupDirectory }: Paths, other: Paths): void {
  if (backupDirectory === undefined) return;
  const { destination, destinationIsLocal, backupDirectory: otherDirectory } = other;
  const isBad = (why: string): ClsyncError =>
    new ClsyncError('BACKUP_PLACE', display(backupDirectory), why);
  if (otherDirectory !== undefined && isWithin(backupDirectory, otherDirectory))
    throw isBad('would have the old versions of two destinations');
  if (destination !== undefined && destinationIsLocal && isWithin(backupDirectory, destination))
    throw isBad('lies in another destination');
}

function checkLists({ listsDirectory }: Paths, other: Paths): void {
  if (listsDirectory === undefined || listsDirectory !== other.listsDirectory) return;
  throw new ClsyncError(
    'CONFLICT',
    '--lists-dir',
    `${display(listsDirectory)} would have the lists of two destinations`,
    'name another directory for one of them',
  );
}

function checkPair(one: Paths, other: Paths): void {
  const [place, before] = [one.destination, other.destination];
  if (place === undefined || before === undefined) return;
  if (!one.destinationIsLocal || !other.destinationIsLocal) {
    if (withoutSlashes(place) === withoutSlashes(before))
      throw new ClsyncError('DESTINATION_TWICE', display(place));
    return;
  }
  if (identityOf(place) === identityOf(before))
    throw new ClsyncError('DESTINATION_TWICE', display(place));
  for (const [inner, outer] of [
    [place, before],
    [before, place],
  ] as const)
    if (isWithin(inner, outer))
      throw new ClsyncError('DESTINATIONS_NESTED', display(inner), display(outer));
}

function withoutSlashes(place: BytePath): string {
  return place.replace(/\/+$/, '');
}

/** One directory may be mounted at two paths. */
function identityOf(path: BytePath): string {
  const { dev, ino } = statSync(toBuffer(path), { bigint: true });
  return `${dev}:${ino}`;
}
