/** From options to what the two roles and their sandboxes are told. Everything that can be wrong is found here, before anything is started. */
import { display, fromText, isWithin } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { FILES } from '../../shared/layout.js';
import { LIMITS } from '../../shared/messages.js';
import type { OptionName, Options } from '../../shared/options.js';
import { LEVELS } from '../../shared/report.js';
import type { Level } from '../../shared/report.js';
import type { ExecutorSettings, Mode, Rule, WatcherSettings } from '../../shared/settings.js';
import type { SandboxSettings } from '../sandbox/settings.js';
import { checkCombinations } from './check.js';
import type { Configuration } from './configuration.js';
import { handlerEnvironment, lookUp } from './environment.js';
import { defined } from './defined.js';
import { absolute, checkReadable, existingDirectory, findProgram, isExecutable, isFile, isRemote, localDestination } from './paths.js';
import { loadSandbox } from './load-sandbox.js';
import type { Resolved } from './resolve.js';
import { readRules } from './rules-file.js';
import type { CheckPattern } from './rules-file.js';

/** What the daemon finds around it at start. */
export interface Surroundings {
  /** Absolute. */
  readonly directory: BytePath;
  readonly environment: readonly BytePath[];
  readonly checkPattern: CheckPattern;
}

export interface Loaded {
  readonly options: Options;
  /** Options that someone wrote somewhere. */
  readonly given: ReadonlySet<OptionName>;
  readonly paths: Paths;
  readonly watcher: WatcherSettings;
  readonly executor: ExecutorSettings;
  readonly sandbox: SandboxSettings;
  readonly warnings: readonly string[];
}

/** Paths of the options, absolute and checked. */
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

/**
 * Throws `ClsyncError`. While the daemon runs, `inForce` is what it runs with: its directories and programs stay, wherever links lead now,
 * and so do its rules if `sameRules`.
 */
export function load(configuration: Configuration, around: Surroundings, inForce?: Loaded, sameRules = false): Loaded {
  const resolved = configuration.resolve();
  const { values } = resolved;
  const { handlerArguments } = configuration;
  if (values['watch-dir'] === undefined) throw new ClsyncError('NO_WATCH_DIR');
  if (values.mode === undefined) throw new ClsyncError('NO_MODE');
  checkCombinations(resolved);
  const paths =
    inForce === undefined
      ? loadPaths(resolved, values['watch-dir'], values.mode, handlerArguments, around)
      : { ...inForce.paths, standbyFile: optional(values['standby-file'], around) };
  const rules = inForce !== undefined && sameRules ? inForce.watcher.rules : loadRules(values, around);
  return {
    options: values,
    given: resolved.given,
    paths,
    watcher: watcherSettings(values, paths, rules),
    executor: executorSettings(resolved, paths, handlerArguments, around),
    sandbox: loadSandbox(resolved, paths, handlerArguments !== undefined, around),
    warnings: resolved.warnings,
  };
}

/** The same with the rules read again. Throws `ClsyncError`. */
export function reloadRules(loaded: Loaded, around: Surroundings): Loaded {
  const file = loaded.options['rules-file'];
  if (file !== undefined && !isFile(absolute(file, around.directory))) throw new ClsyncError('RULES_GONE', display(file));
  return { ...loaded, watcher: { ...loaded.watcher, rules: loadRules(loaded.options, around) } };
}

function loadRules(values: Options, around: Surroundings): readonly Rule[] {
  const file = values['rules-file'];
  if (file === undefined) return [];
  const rules = readRules(absolute(file, around.directory), around.checkPattern);
  if (Buffer.byteLength(JSON.stringify(rules)) > LIMITS.json / 2) throw new ClsyncError('RULES_TOO_LONG', display(file));
  return rules;
}

function optional(path: BytePath | undefined, around: Surroundings): BytePath | undefined {
  return path === undefined ? undefined : absolute(path, around.directory);
}

/** -d shows debug1 and so on; more than five is five. */
export function logLevel(debug: number): Level {
  return debug === 0 ? 'info' : (LEVELS[Math.min(LEVELS.indexOf('info') + debug, LEVELS.length - 1)] as Level);
}

function loadPaths(resolved: Resolved, watch: BytePath, mode: Mode, words: readonly BytePath[] | undefined, around: Surroundings): Paths {
  const { values, origin } = resolved;
  const hook = (name: 'exit-hook' | 'pre-exit-hook'): BytePath | undefined => {
    const written = values[name];
    return written === undefined ? undefined : program(written, origin(name), around);
  };
  const watchDirectory = existingDirectory(watch, around.directory, origin('watch-dir'));
  checkReadable(watchDirectory, origin('watch-dir'));
  const written = values['destination-dir'];
  if (written === undefined && mode === 'rsyncdirect' && words === undefined) throw new ClsyncError('NO_DESTINATION');
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

/** undefined: rsync from PATH, which is there. */
function handler({ values, origin }: Resolved, mode: Mode, around: Surroundings): BytePath | undefined {
  const written = values['sync-handler'];
  if (written === undefined) {
    if (mode !== 'rsyncdirect') throw new ClsyncError('NO_HANDLER', mode);
    if (findProgram(fromText('rsync'), searchPath(around), around.directory) === undefined) throw new ClsyncError('RSYNC_ABSENT');
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

function searchPath(around: Surroundings): BytePath {
  return lookUp(around.environment, 'PATH') ?? fromText('/usr/bin:/bin');
}

function watcherSettings(values: Options, paths: Paths, rules: readonly Rule[]): WatcherSettings {
  const isRsync = paths.mode.startsWith('rsync');
  const recursive = isRsync ? !values['rsync-prefer-include'] : paths.mode !== 'simple' && values['have-recursive-sync'];
  return {
    watchDirectory: paths.watchDirectory,
    logLevel: logLevel(values.debug),
    monitor: values.monitor,
    rules,
    detail: recursive ? 'recursive' : 'objects',
    sequence: paths.mode === 'simple',
    skipInitial: values['skip-initialsync'],
    fullInitial: values['full-initialsync'],
    statEntries: !values['cancel-syscalls'].includes('mon_stat'),
    bigFileThreshold: values['threshold-bigfile'],
    oneFileSystem: values['one-file-system'] || values['exclude-mount-points'],
    excludeMountPoints: values['exclude-mount-points'],
    modificationSignature: values['modification-signature'],
    trackHardLinks: isRsync,
    exitOnSyncSkip: values['exit-on-sync-skip'],
  };
}

const PERMISSION_HINT =
  'a handler sees and may do only what it was given: --handler-allow PATH[:rw] shows it more files, --handler-view=host all, ' +
  '--sync-handler-uid and --handler-capabilities change its rights, --compat gives it those of the user who started the daemon';

function executorSettings({ values, texts }: Resolved, paths: Paths, words: readonly BytePath[] | undefined, around: Surroundings): ExecutorSettings {
  return {
    watchDirectory: paths.watchDirectory,
    ...defined({ destination: paths.destination, handler: paths.handler, handlerArguments: words }),
    ...defined({ listsDirectory: paths.listsDirectory, standbyFile: paths.standbyFile, preExitHook: paths.preExitHook, exitHook: paths.exitHook }),
    logLevel: logLevel(values.debug),
    mode: paths.mode,
    label: values.label,
    substitutions: {
      ...texts,
      'watch-dir': paths.watchDirectory,
      'destination-dir': paths.destination ?? fromText(''),
      'lists-dir': paths.listsDirectory ?? fromText(''),
      'sync-handler': paths.handler ?? texts['sync-handler'],
    },
    delayCollect: values['delay-collect'],
    delayCollectBig: values['delay-collect-bigfile'],
    delaySync: values['delay-sync'],
    timeoutSync: values['timeout-sync'],
    retries: values.retries,
    ignoreFailures: values['ignore-failures'],
    ignoredExitCodes: values['ignore-exitcode'],
    threading: values.threading,
    rsyncInclimit: values['rsync-inclimit'],
    rsyncPreferInclude: values['rsync-prefer-include'],
    haveRecursiveSync: values['have-recursive-sync'],
    synclistSimplify: values['synclist-simplify'],
    dontUnlinkLists: values['dont-unlink-lists'],
    oneFileSystem: values['one-file-system'] || values['exclude-mount-points'],
    temporaryDirectory: paths.temporaryDirectory,
    skipInitialSync: values['skip-initialsync'],
    onlyInitialSync: values['only-initialsync'],
    fullInitialSync: values['full-initialsync'],
    exitOnNoEvents: values['exit-on-no-events'],
    maxIterations: values['max-iterations'],
    syncOnQuit: values['sync-on-quit'],
    environment: handlerEnvironment(around.environment, values['handler-env']),
    launcher: fromText(FILES.launcher),
    superuser: process.geteuid?.() === 0,
    permissionHint: PERMISSION_HINT,
  };
}
