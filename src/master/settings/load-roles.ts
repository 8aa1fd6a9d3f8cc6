/** Makes the settings of the watcher and the executor from options and paths. */
import { display, fromText, isWithin } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { FILES } from '../../shared/layout.js';
import { MODE_TRAITS, collapses, runsRsync, takesDirectories } from '../../shared/modes.js';
import type { Options } from '../options/table.js';
import { LEVELS } from '../../shared/report.js';
import type { Level } from '../../shared/report.js';
import type { ExecutorSettings, Reach, Rule, WatcherSettings } from '../../shared/settings.js';
import { executorGrants, isWritable } from '../sandbox/grants.js';
import type { SandboxSettings } from '../sandbox/settings.js';
import { homeOfStarter } from '../sandbox/system-files.js';
import { isWatchedWhole } from '../sandbox/view.js';
import type { ChosenMonitor } from './chosen-monitor.js';
import { defined } from './defined.js';
import { absolute, variableOf } from '../../shared/program-search.js';
import { ClsyncError } from '../../shared/errors.js';
import { handlerEnvironment, startersEnvironment, withVariables } from './environment.js';
import { relativeTo } from './left-out.js';
import { neverSynced } from './load-paths.js';
import type { Paths } from './load-paths.js';
import { reachesBySsh, unsharedRemoteShell, withUnsharedShell } from '../../shared/remote-shell.js';
import type { StartContext } from './start-context.js';
import { STARTER } from '../starter.js';
import type { Resolved } from './resolve.js';

/** Whether the files that may be executed are fixed at start. `--secure-splitting` implies it. */
export function checksArguments(values: Options): boolean {
  return values['check-execvp-arguments'] || values['secure-splitting'];
}

/** The log level: each -d shows one debug level more, up to debug5. */
export function logLevel(debug: number): Level {
  return debug === 0
    ? 'info'
    : (LEVELS[Math.min(LEVELS.indexOf('info') + debug, LEVELS.length - 1)] as Level);
}

export function watcherSettings(
  values: Options,
  paths: Paths,
  rules: readonly Rule[],
  { monitor, monitorReason }: ChosenMonitor,
  executors = 1,
): WatcherSettings {
  const { copies, sequence, links } = MODE_TRAITS[paths.mode];
  const details = {
    rsyncPreferInclude: values['rsync-prefer-include'],
    haveRecursiveSync: values['have-recursive-sync'],
  };
  return {
    logLevel: logLevel(values.debug),
    watchDirectory: paths.watchDirectory,
    monitor,
    ...defined({ monitorReason }),
    rules,
    detail: takesDirectories(paths.mode, details) ? 'recursive' : 'objects',
    movesDirectories: copies,
    // A directory in the place of its changes does not tell what was deleted in it.
    collapses: collapses(paths.mode, details) && !values['two-way'],
    sequence,
    ...(executors === 1 ? {} : { executors }),
    ...(paths.stateDirectory === undefined ? {} : { listings: true }),
    skipInitial: values['skip-initialsync'],
    fullInitial: values['full-initialsync'],
    statEntries: !values['cancel-syscalls'].includes('mon_stat'),
    bigFileThreshold: values['threshold-bigfile'],
    oneFileSystem: values['one-file-system'] || values['exclude-mount-points'],
    excludeMountPoints: values['exclude-mount-points'],
    allowFuse: values['allow-fuse'],
    starter: STARTER.uid,
    modificationSignature: values['modification-signature'],
    pollInterval: values['poll-interval'],
    recheckInterval: values['recheck-interval'],
    settle: values.settle,
    trackHardLinks: links,
    exitOnSyncSkip: values['exit-on-sync-skip'],
  };
}

/** Variables whose value for handlers differs from the starter's environment. */
function variables(
  { temporaryDirectory, destination, targets }: Paths,
  { environment }: StartContext,
): Readonly<Record<string, BytePath | undefined>> {
  const wanted = variableOf(environment, 'TMPDIR') || '/tmp';
  const home = homeOfStarter();
  return {
    // Temporary files do not belong into a directory that is watched or mirrored to.
    TMPDIR: temporaryDirectory === wanted ? undefined : temporaryDirectory,
    HOME: variableOf(environment, 'HOME') || home === undefined ? undefined : fromText(home),
    RSYNC_RSH: reachesBySsh([destination, ...targets])
      ? unsharedRemoteShell(variableOf(environment, 'RSYNC_RSH'))
      : undefined,
  };
}

/**
 * Where rsync is called with arguments of our choice, and reaches its destination by ssh. It takes
 * Unix sockets, so that --secure-splitting goes without where it is not asked for.
 */
export function keepsConnection(
  { values, given }: Resolved,
  { mode, destination }: Paths,
  ownArguments: boolean,
): boolean {
  return (
    values['keep-connection'] &&
    (given.has('keep-connection') || !values['secure-splitting']) &&
    !values['only-initialsync'] &&
    runsRsync(mode) &&
    !ownArguments &&
    !values.compat &&
    reachesBySsh([destination])
  );
}

/** Relative to the watch directory. Throws ClsyncError where it is not in it. */
function requiredFile(
  { values, origin }: Resolved,
  { watchDirectory }: Paths,
): BytePath | undefined {
  const written = values['require-file'];
  if (written === undefined) return undefined;
  const path = absolute(written, watchDirectory);
  const isInside = path !== watchDirectory && isWithin(path, watchDirectory);
  if (!isInside || path.split('/').includes('..'))
    throw new ClsyncError(
      'BAD_VALUE',
      origin('require-file'),
      `${display(written)} is not in the watch directory ${display(watchDirectory)}`,
    );
  return relativeTo(watchDirectory, path);
}

const PERMISSION_HINT =
  'a handler sees and may do only what it was given: --handler-allow PATH[:rw|:rwx|:socket] shows it ' +
  'more files, --handler-view=host all, ' +
  '--sync-handler-uid and --handler-capabilities change its rights, --compat gives it those ' +
  'of the user who started the daemon';

/** The paths a handler can see and write, as of the daemon's start; used for hints in messages. */
export function reachOf(sandbox: SandboxSettings): Reach {
  const grants = executorGrants(sandbox);
  const isStrict =
    sandbox.view === 'strict' && sandbox.chroot === undefined && !isWatchedWhole(sandbox);
  return {
    written: grants.filter(isWritable).map(({ path }) => path),
    mirrored: sandbox.mirrored,
    followsLinks: sandbox.followsLinks,
    ...(isStrict ? { shown: grants.map(({ path }) => path) } : {}),
  };
}

const CRASH_HINT =
  'a handler that compiles code while it runs, as Node, Java and .NET do, needs --handler-jit';

/** @param reach of `reachOf`, at the start: later the master may not look at the paths */
export function executorSettings(
  resolved: Resolved,
  paths: Paths,
  rules: readonly Rule[],
  words: readonly BytePath[] | undefined,
  around: StartContext,
  sandbox: SandboxSettings,
  reach: Reach | undefined,
): ExecutorSettings {
  const { values, texts, given } = resolved;
  return {
    watchDirectory: paths.watchDirectory,
    rules,
    ...defined({
      destination: paths.destination,
      // In another root directory the program is searched anew.
      handler: paths.handler ?? (sandbox.chroot === undefined ? paths.ownProgram : undefined),
      handlerArguments:
        runsRsync(paths.mode) && !values.compat ? words && withUnsharedShell(words) : words,
    }),
    ...defined({
      listsDirectory: paths.listsDirectory ?? paths.ownListsDirectory,
      maxDelete: values['max-delete'],
      requireFile: requiredFile(resolved, paths),
      standbyFile: paths.standbyFile,
      preExitHook: paths.preExitHook,
      exitHook: paths.exitHook,
      syncHook: paths.syncHook,
      failureHook: paths.failureHook,
      mirrorAttributes: values['mirror-attributes'],
      backupDirectory: paths.backupDirectory,
    }),
    ...(paths.stateDirectory === undefined
      ? {}
      : { keepsState: true, comparedFields: values['modification-signature'] }),
    ...(listsAreOwn(paths) ? { listsDirectoryIsOwn: true } : {}),
    documentedArguments: values.compat,
    logLevel: logLevel(values.debug),
    mode: paths.mode,
    label: values.label,
    substitutions: {
      ...texts,
      PID: fromText(String(process.pid)),
      'watch-dir': paths.watchDirectory,
      'destination-dir': paths.destination ?? fromText(''),
      'lists-dir': paths.listsDirectory ?? fromText(''),
      'sync-handler': paths.handler ?? texts['sync-handler'],
    },
    delayCollect: values['delay-collect'],
    delayCollectBig: values['delay-collect-bigfile'],
    delaySync: values['delay-sync'],
    settle: values.settle,
    settleLimit: values['settle-limit'],
    timeoutSync: values['timeout-sync'],
    ...(given.has('retries') ? { retries: values.retries } : {}),
    ignoreFailures: values['ignore-failures'],
    ignoredExitCodes: values['ignore-exitcode'],
    keepConnection: keepsConnection(resolved, paths, words !== undefined),
    exitCodePolicy: values['exit-code-policy'],
    threading: values.threading,
    rsyncOptions: values['rsync-option'],
    noDelete: values['no-delete'],
    bigWhenClosed: !given.has('delay-collect-bigfile') && !values.compat,
    rsyncInclimit: values['rsync-inclimit'],
    rsyncPreferInclude: values['rsync-prefer-include'],
    twoWay: values['two-way'],
    haveRecursiveSync: values['have-recursive-sync'],
    synclistSimplify: values['synclist-simplify'],
    dontUnlinkLists: values['dont-unlink-lists'],
    oneFileSystem: values['one-file-system'] || values['exclude-mount-points'],
    syncsToDisk: values.fsync,
    backupKeep: values['backup-keep'],
    verifyInterval: values['verify-interval'],
    allowFuse: values['allow-fuse'],
    starter: STARTER.uid,
    temporaryDirectory: paths.temporaryDirectory,
    leftOut: neverSynced(paths),
    skipInitialSync: values['skip-initialsync'],
    onlyInitialSync: values['only-initialsync'],
    fullInitialSync: values['full-initialsync'],
    exitOnNoEvents: values['exit-on-no-events'],
    maxIterations: values['max-iterations'],
    syncOnQuit: values['sync-on-quit'],
    awaitStatus: values['status-file'] !== undefined,
    checkArguments: checksArguments(values),
    trustFiles: values['trust-files'],
    environment: values.compat
      ? startersEnvironment(around.environment)
      : withVariables(
          handlerEnvironment(around.environment, values['handler-env']),
          variables(paths, around),
        ),
    launcher: fromText(FILES.launcher),
    ...(reach === undefined ? {} : { permissionHint: PERMISSION_HINT, reach }),
    ...(values.compat || values['handler-jit'] ? {} : { crashHint: CRASH_HINT }),
  };
}

/** The user has named no directory for them. */
function listsAreOwn({ listsDirectory, ownListsDirectory }: Paths): boolean {
  return listsDirectory === undefined || listsDirectory === ownListsDirectory;
}
