/** The directories, files and programs the options name: made absolute, and checked while nothing has been touched. */
import { display, fromText, isWithin } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { DEFAULT_HANDLERS } from '../../shared/settings.js';
import type { Mode } from '../../shared/settings.js';
import { namesIn } from '../../shared/substitution.js';
import { lookUp } from './environment.js';
import type { Surroundings } from './surroundings.js';
import { absolute, checkReadable, existingDirectory, findProgram, isExecutable, isRemote, localDestination } from './paths.js';
import type { Resolved } from './resolve.js';

export interface Paths {
  readonly mode: Mode;
  readonly watchDirectory: BytePath;
  readonly destination: BytePath | undefined;
  readonly destinationIsLocal: boolean;
  readonly handler: BytePath | undefined;
  readonly listsDirectory: BytePath | undefined;
  readonly standbyFile: BytePath | undefined;
  readonly exitHook: BytePath | undefined;
  readonly preExitHook: BytePath | undefined;
  readonly temporaryDirectory: BytePath;
}

/** Throws `ClsyncError`. `words`: the handler arguments, if there are any. */
export function loadPaths(resolved: Resolved, watch: BytePath, mode: Mode, words: readonly BytePath[] | undefined, around: Surroundings): Paths {
  const { values, origin } = resolved;
  const hook = (name: 'exit-hook' | 'pre-exit-hook'): BytePath | undefined => {
    const written = values[name];
    return written === undefined ? undefined : program(written, origin(name), around);
  };
  const watchDirectory = existingDirectory(watch, around.directory, origin('watch-dir'));
  checkReadable(watchDirectory, origin('watch-dir'));
  const written = values['destination-dir'];
  if (written === undefined) checkNoneIsNeeded(mode, words);
  const destinationIsLocal = written !== undefined && !isRemote(written);
  const destination = written !== undefined && destinationIsLocal ? localDestination(written, around.directory, watchDirectory, origin('destination-dir')) : written;
  if (mode === 'rsyncdirect' && words === undefined && destination !== undefined && destinationIsLocal && isWithin(watchDirectory, destination)) {
    throw new ClsyncError('DESTINATION_AROUND', display(destination), display(watchDirectory));
  }
  return {
    mode,
    watchDirectory,
    destination,
    destinationIsLocal,
    handler: handler(resolved, mode, around),
    listsDirectory: optional(values['lists-dir'], around),
    standbyFile: optional(values['standby-file'], around),
    exitHook: hook('exit-hook'),
    preExitHook: hook('pre-exit-hook'),
    temporaryDirectory: optional(lookUp(around.environment, 'TMPDIR') || undefined, around) ?? fromText('/tmp'),
  };
}

/** Modes whose default arguments end with the destination. */
const TO_DESTINATION: readonly Mode[] = ['direct', 'rsyncdirect'];

/** Where there is no destination, the handler would take `%destination-dir%/` for the root directory. */
function checkNoneIsNeeded(mode: Mode, words: readonly BytePath[] | undefined): void {
  if (words === undefined && TO_DESTINATION.includes(mode)) throw new ClsyncError('NO_DESTINATION', mode);
  if (words?.some((word) => namesIn(word).includes('destination-dir'))) throw new ClsyncError('NAMED_DESTINATION');
}

/** undefined: the mode's own, which is there. */
function handler({ values, origin }: Resolved, mode: Mode, around: Surroundings): BytePath | undefined {
  const written = values['sync-handler'];
  if (written === undefined) {
    const own = DEFAULT_HANDLERS[mode];
    if (own === undefined) throw new ClsyncError('NO_HANDLER', mode);
    if (findProgram(fromText(own), searchPath(around), around.directory) === undefined) throw new ClsyncError('HANDLER_ABSENT', own);
    return undefined;
  }
  return program(written, origin('sync-handler'), around, mode === 'so' || mode === 'rsyncso');
}

function program(name: BytePath, origin: string, around: Surroundings, loaded = false): BytePath {
  const found = findProgram(name, searchPath(around), around.directory);
  if (found === undefined) throw new ClsyncError('PROGRAM_ABSENT', origin, display(name));
  if (!loaded && !isExecutable(found)) throw new ClsyncError('PROGRAM_DENIED', origin, display(found));
  return found;
}

export function searchPath(around: Surroundings): BytePath {
  return lookUp(around.environment, 'PATH') ?? fromText('/usr/bin:/bin');
}

/** Absolute, where there is one. */
export function optional(path: BytePath | undefined, around: Surroundings): BytePath | undefined {
  return path === undefined ? undefined : absolute(path, around.directory);
}
