/**
 * The directories, files and programs that options name: made absolute and checked before the
 * daemon changes anything.
 */
import { statSync } from 'node:fs';
import { display, fromText, isWithin, toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { MODE_TRAITS, keepsCopy, runsRsync } from '../../shared/modes.js';
import type { Mode } from '../../shared/modes.js';
import { namesIn } from '../../shared/substitution.js';
import { ifLocal } from '../../shared/places.js';
import { absolute, isExecutable, variableOf } from '../../shared/program-search.js';
import { sharedMount } from '../sandbox/settings.js';
import { kernelMounts, relativeTo, unusedName } from './left-out.js';
import type { StartContext } from './start-context.js';
import { localTarget, placesIn } from './targets.js';
import {
  checkReadable,
  existingDirectory,
  findProgram,
  isDirectory,
  localDestination,
} from '../paths.js';
import type { Resolved } from './resolve.js';

type HookOption = 'exit-hook' | 'pre-exit-hook' | 'sync-hook' | 'failure-hook';

export interface Paths {
  readonly mode: Mode;
  readonly watchDirectory: BytePath;
  readonly destination: BytePath | undefined;
  readonly destinationIsLocal: boolean;
  readonly handler: BytePath | undefined;
  /** The program of a mode that has one of its own, where the user names no other. */
  readonly ownProgram: BytePath | undefined;
  readonly listsDirectory: BytePath | undefined;
  readonly standbyFile: BytePath | undefined;
  readonly stateDirectory: BytePath | undefined;
  readonly exitHook: BytePath | undefined;
  readonly preExitHook: BytePath | undefined;
  readonly syncHook: BytePath | undefined;
  readonly failureHook: BytePath | undefined;
  readonly temporaryDirectory: BytePath;
  /** Places that the user's own arguments for rsync name, as written. */
  readonly targets: readonly BytePath[];
  /** The local directory among `targets` that rsync copies to, symbolic links resolved. */
  readonly localTarget: BytePath | undefined;
  /** Paths beneath the watch directory that are never synced, absolute. */
  readonly leftOut: readonly BytePath[];
  /** For old versions, resolved. */
  readonly backupDirectory: BytePath | undefined;
  /**
   * The directory for the executor's list files when every temporary directory is watched, or
   * handlers see the host's; in the first case it is one of `leftOut`.
   */
  readonly ownListsDirectory: BytePath | undefined;
}

/**
 * Resolves and checks all paths. `words`: the handler arguments, if the user gives any. Throws
 * ClsyncError.
 */
export function loadPaths(
  resolved: Resolved,
  watch: BytePath,
  mode: Mode,
  words: readonly BytePath[] | undefined,
  around: StartContext,
  listsDirectory = optional(resolved.values['lists-dir'], around),
): Paths {
  const { values, origin } = resolved;
  const hook = (name: HookOption): BytePath | undefined => {
    const written = values[name];
    return written === undefined ? undefined : program(written, origin(name), around);
  };
  const watchDirectory = existingDirectory(watch, around.directory, origin('watch-dir'));
  checkReadable(watchDirectory, origin('watch-dir'));
  const [written, saidAt] = [values['destination-dir'], origin('destination-dir')];
  if (written === undefined) checkNoneIsNeeded(mode, words);
  const place = ifLocal(written);
  if (written !== undefined && place === undefined && MODE_TRAITS[mode].copies)
    throw new ClsyncError('DESTINATION_REMOTE', saidAt, display(written), mode);
  const local = place === undefined ? undefined : localDestination(place, around.directory, saidAt);
  const destination = local ?? written;
  const isInside = local !== undefined && isWithin(local, watchDirectory);
  // Every destination is beneath `/`, and is left out where clsync says what is copied.
  if (isInside && !(watchDirectory === '/' && keepsCopy(mode) && words === undefined))
    throw new ClsyncError('DESTINATION_INSIDE', saidAt, display(local), display(watchDirectory));
  if (
    keepsCopy(mode) &&
    words === undefined &&
    local !== undefined &&
    isWithin(watchDirectory, local)
  ) {
    throw new ClsyncError('DESTINATION_AROUND', saidAt, display(local), display(watchDirectory));
  }
  const backupDirectory =
    values['backup-dir'] === undefined || local === undefined
      ? undefined
      : backupPlace(values['backup-dir'], around.directory, origin('backup-dir'), {
          watchDirectory,
          destination: local,
        });
  const arguments_ = runsRsync(mode) ? (words ?? []) : [];
  const target = localTarget(arguments_, watchDirectory);
  const trees = [watchDirectory, local, target].filter((tree) => tree !== undefined);
  const temporaryDirectory = temporaryPlace(
    optional(variableOf(around.environment, 'TMPDIR') || undefined, around) ?? fromText('/tmp'),
    trees,
  );
  const showsHost = !values.compat && (values['handler-view'] === 'host' || watchDirectory === '/');
  const isWatched = isWithin(temporaryDirectory, watchDirectory);
  // One name for every executor: the next one removes what one that was killed left on the host.
  const ownListsDirectory =
    isWatched || showsHost || values.compat ? unusedName(temporaryDirectory) : undefined;
  return {
    mode,
    watchDirectory,
    destination,
    destinationIsLocal: local !== undefined,
    ...handlers(resolved, mode, around),
    // Where the host's temporary directory is shown, it is read-only for the executor.
    listsDirectory: listsDirectory ?? (showsHost ? ownListsDirectory : undefined),
    standbyFile: optional(values['standby-file'], around),
    stateDirectory: optional(values['state-dir'], around),
    exitHook: hook('exit-hook'),
    preExitHook: hook('pre-exit-hook'),
    syncHook: hook('sync-hook'),
    failureHook: hook('failure-hook'),
    temporaryDirectory,
    targets: placesIn(arguments_),
    localTarget: target,
    ownListsDirectory,
    backupDirectory,
    leftOut: [
      ...kernelMounts(watchDirectory),
      ...(isInside ? [local] : []),
      ...(ownListsDirectory !== undefined && isWatched ? [ownListsDirectory] : []),
    ],
  };
}

/** Throws ClsyncError. */
function backupPlace(
  written: BytePath,
  directory: BytePath,
  origin: string,
  { watchDirectory, destination }: Readonly<Record<'watchDirectory' | 'destination', BytePath>>,
): BytePath {
  const path = existingDirectory(written, directory, origin);
  const isBad = (why: string): ClsyncError => new ClsyncError('BACKUP_PLACE', display(path), why);
  if (isWithin(destination, path)) throw isBad('holds the destination');
  if (isWithin(path, watchDirectory) && !isWithin(path, destination))
    throw isBad('lies in the watch directory');
  if (isWithin(watchDirectory, path)) throw isBad('holds the watch directory');
  if (
    !isWithin(path, destination) &&
    sharedMount({ destination, backupDirectory: path }) === undefined
  )
    throw isBad('has nothing but the root directory in common with the destination');
  if (statSync(toBuffer(path)).dev !== statSync(toBuffer(destination)).dev)
    throw new ClsyncError('BACKUP_ELSEWHERE', display(path), display(destination));
  return path;
}

/**
 * A temporary directory outside the source and the copy, so that temporary files are not seen as
 * changes or as a part of the copy. Returns `wanted` when there is none.
 */
function temporaryPlace(wanted: BytePath, trees: readonly BytePath[]): BytePath {
  const isOutside = (path: BytePath): boolean => !trees.some((tree) => isWithin(path, tree));
  return (
    [wanted, ...TEMPORARY].find(
      (path) => isOutside(path) && (path === wanted || isDirectory(path)),
    ) ?? wanted
  );
}

const TEMPORARY = ['/tmp', '/var/tmp', '/dev/shm'].map(fromText);

/**
 * Throws ClsyncError when arguments need a destination and there is none: the handler would take
 * `%destination-dir%/` for the root directory.
 */
function checkNoneIsNeeded(mode: Mode, words: readonly BytePath[] | undefined): void {
  if (words === undefined && MODE_TRAITS[mode].destination)
    throw new ClsyncError('NO_DESTINATION', mode);
  if (words?.some((word) => namesIn(word).includes('destination-dir')))
    throw new ClsyncError('NAMED_DESTINATION');
}

/** The absolute path of the handler, or of the program that the mode has instead. */
function handlers(
  { values, origin }: Resolved,
  mode: Mode,
  around: StartContext,
): Pick<Paths, 'handler' | 'ownProgram'> {
  const written = values['sync-handler'];
  if (written !== undefined) {
    const { loaded } = MODE_TRAITS[mode];
    const handler = program(written, origin('sync-handler'), around, loaded);
    return { handler, ownProgram: undefined };
  }
  const { handler: own, copies } = MODE_TRAITS[mode];
  if (copies) return { handler: undefined, ownProgram: undefined };
  if (own === undefined) throw new ClsyncError('NO_HANDLER', mode);
  const ownProgram = findProgram(fromText(own), around);
  if (ownProgram === undefined) throw new ClsyncError('HANDLER_ABSENT', own);
  return { handler: undefined, ownProgram };
}

function program(name: BytePath, origin: string, around: StartContext, loaded = false): BytePath {
  const found = findProgram(name, around);
  if (found === undefined) throw new ClsyncError('PROGRAM_ABSENT', origin, display(name));
  if (!loaded && !isExecutable(found))
    throw new ClsyncError('PROGRAM_DENIED', origin, display(found));
  return found;
}

/** The path made absolute, or undefined when there is none. */
export function optional(path: BytePath | undefined, around: StartContext): BytePath | undefined {
  return path === undefined ? undefined : absolute(path, around.directory);
}

/** Relative to the watch directory; of the destination, its old versions. */
export function neverSynced({
  watchDirectory,
  destination,
  backupDirectory,
  leftOut,
}: Pick<Paths, 'watchDirectory' | 'destination' | 'backupDirectory' | 'leftOut'>): BytePath[] {
  const isInside =
    backupDirectory !== undefined &&
    destination !== undefined &&
    isWithin(backupDirectory, destination);
  return [
    ...leftOut.map((path) => relativeTo(watchDirectory, path)),
    ...(isInside ? [relativeTo(destination, backupDirectory)] : []),
  ];
}
