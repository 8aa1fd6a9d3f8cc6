/**
 * Paths of the user's besides the directories that the roles work in: shown to roles, or written.
 */
import { lstatSync } from 'node:fs';
import { toBuffer } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import type { Changes } from './ground/changes.js';
import { Eyes } from './ground/eyes.js';
import { Granted } from './ground/granted.js';
import { Ground } from './ground/ground.js';
import type { GroundEvents, GroundSettings } from './ground/ground.js';
import type { KeptFiles } from './kept-files.js';
import { isProgramDirectory } from './sandbox/program-directories.js';
import { sharedMount } from './sandbox/settings.js';
import type { SandboxSettings } from './sandbox/settings.js';

/**
 * Throws ClsyncError where a link of another user is on the way to something that roles are shown.
 */
export function groundOf(
  settings: SandboxSettings & Pick<GroundSettings, 'destinationMayChange'>,
  changes: Changes,
  events: GroundEvents,
): Ground {
  const eyes = new Eyes();
  return new Ground(settings, grantedPlaces(settings, eyes), changes, events, eyes);
}

function grantedPlaces(settings: SandboxSettings, eyes: Eyes): readonly Granted[] {
  const { allow, backupDirectory, chroot, programs, permittedHooks } = settings;
  const rows: readonly (readonly [option: string, path: BytePath | undefined])[] = [
    ...allow.map(({ path }) => ['--handler-allow', path] as const),
    ['--backup-dir', backupDirectory],
    ['--backup-dir', sharedMount(settings)],
    ['--chroot', chroot],
    ...programs.map((path) => ['--sync-handler', path] as const),
    ...permittedHooks.map((path) => ['--add-permitted-hook-files', path] as const),
  ];
  return rows.flatMap(([option, path]) =>
    path === undefined || isProgramDirectory(path) || !exists(path)
      ? []
      : [new Granted(option, path, eyes)],
  );
}

/** What does not exist is not granted. */
function exists(path: BytePath): boolean {
  return lstatSync(toBuffer(path), { throwIfNoEntry: false }) !== undefined;
}

/** Where something may appear that the master has to look at. */
export function placesToWatch(
  { watchDirectory, destination, listsDirectory }: SandboxSettings,
  { replaced }: KeptFiles,
): BytePath[] {
  const places = [watchDirectory, destination, listsDirectory, ...replaced];
  return places.filter((path) => path !== undefined);
}
