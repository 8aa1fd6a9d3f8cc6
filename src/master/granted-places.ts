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
import { Grounds } from './ground/grounds.js';
import type { GroundEvents, GroundSettings } from './ground/ground.js';
import type { KeptFiles } from './kept-files.js';
import { isProgramDirectory } from './sandbox/program-directories.js';
import { sharedMount } from './sandbox/settings.js';
import { defined } from './settings/defined.js';
import type { SandboxSettings } from './sandbox/settings.js';

/**
 * Throws ClsyncError where a link of another user is on the way to something that roles are shown.
 */
export function groundsOf(
  all: readonly DestinationSettings[],
  changes: Changes,
  events: GroundEvents,
): Grounds {
  const eyes = new Eyes();
  const [settings, ...more] = all;
  if (settings === undefined) throw new Error('there is no destination');
  const granted = new Map(all.flatMap((one) => grantedPlaces(one, eyes)));
  const shown = [...granted.values()];
  if (more.length === 0) return new Grounds(new Ground(settings, shown, changes, events, eyes));
  // The daemon does not wait for one of them.
  const apart: GroundEvents = { ...events, holding: () => undefined };
  const { destination: _, listsDirectory: __, ...shared } = settings;
  return new Grounds(
    new Ground(shared, shown, changes, events, eyes),
    all.map(({ destination, listsDirectory, destinationMayChange }) => {
      const own = defined({ destination, listsDirectory, destinationMayChange });
      return (destination ?? listsDirectory) === undefined
        ? undefined
        : new Ground(own, [], changes, apart, eyes);
    }),
  );
}

type DestinationSettings = SandboxSettings & Pick<GroundSettings, 'destinationMayChange'>;

function grantedPlaces(
  settings: SandboxSettings,
  eyes: Eyes,
): readonly (readonly [BytePath, Granted])[] {
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
      : [[path, new Granted(option, path, eyes)] as const],
  );
}

/** What does not exist is not granted. */
function exists(path: BytePath): boolean {
  return lstatSync(toBuffer(path), { throwIfNoEntry: false }) !== undefined;
}

/** Where something may appear that the master has to look at. */
export function placesToWatch(
  all: readonly SandboxSettings[],
  { replaced }: KeptFiles,
): BytePath[] {
  const places = [
    ...all.flatMap((one) => [one.watchDirectory, one.destination, one.listsDirectory]),
    ...replaced,
  ];
  return places.filter((path) => path !== undefined);
}
