/**
 * Makes the settings of the two roles and their sandboxes from the options. Finds every error of
 * the options before anything is started.
 */
import { display } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { LIMITS } from '../../shared/messages.js';
import { MODE_TRAITS } from '../../shared/modes.js';
import { findOption } from '../options/table.js';
import type { OptionName, Options } from '../options/table.js';
import { endsByItself } from '../../shared/settings.js';
import type { ExecutorSettings, Reach, Rule, WatcherSettings } from '../../shared/settings.js';
import { namesIn } from '../../shared/substitution.js';
import type { SandboxSettings } from '../sandbox/settings.js';
import { KeptFile } from '../kept-files.js';
import { givenDescriptor, readGiven } from '../read-file.js';
import type { FileContent } from '../read-file.js';
import { judgeOf } from '../trust.js';
import { accessOf } from '../surface/control-rights.js';
import { checkCombinations } from './check.js';
import { checkDestinations } from './destinations.js';
import type { Configuration } from './configuration.js';
import { leavingOut } from './left-out.js';
import { leavingOutForAll } from './left-out-of-all.js';
import { loadPaths, neverSynced, optional } from './load-paths.js';
import type { Paths } from './load-paths.js';
import { executorSettings, reachOf, watcherSettings } from './load-roles.js';
import { loadSandbox } from './load-sandbox.js';
import { absolute } from '../../shared/program-search.js';
import type { Resolved } from './resolve.js';
import { chosenMonitor } from './chosen-monitor.js';
import { checkMonitor } from './monitor-built.js';
import { readRules } from './rules-file.js';
import { unseenPaths } from './unseen.js';
import { STARTER } from '../starter.js';
import { leftOutOf } from './mirrored.js';
import type { StartContext } from './start-context.js';

export interface Loaded {
  readonly options: Options;
  /** Options that the user gives in any source. */
  readonly given: ReadonlySet<OptionName>;
  readonly paths: Paths;
  /**
   * Where the rules were read, to be read again; undefined: there are none, or they came by pipe or
   * from a client.
   */
  readonly rulesFile: KeptFile | undefined;
  readonly watcher: WatcherSettings;
  readonly executor: ExecutorSettings;
  readonly sandbox: SandboxSettings;
  /** The same for each of the destinations after the first; all have one watcher. */
  readonly others: readonly Loaded[];
  readonly warnings: readonly string[];
  /** What is said once the daemon has started, as errors stand alone. */
  readonly notes: readonly string[];
}

/** In the order of the destinations. */
export function executorsIn(loaded: Loaded): readonly ExecutorSettings[] {
  return [loaded, ...loaded.others].map(({ executor }) => executor);
}

interface LoadTerms {
  readonly sameRules: boolean;
  readonly rules: FileContent | undefined;
  /** They have been read; undefined: they have not. */
  readonly read?: readonly Rule[];
  /** For lists, of the destination that this is for; missing: as the options say. */
  readonly listsDirectory?: BytePath | undefined;
}

/**
 * Makes all settings. While the daemon runs, `inForce` are the present settings: their directories,
 * programs and sandboxes are kept, wherever symbolic links lead now, and so are their rules if
 * `sameRules`. Throws ClsyncError.
 * @param rules the content of the rules file, if it is not to be read
 */
export function load(
  configuration: Configuration,
  around: StartContext,
  inForce?: Loaded,
  terms: LoadTerms = { sameRules: false, rules: undefined },
): Loaded {
  const first = loadFor(configuration, around, inForce, terms);
  const { rules } = first.watcher;
  const more = configuration.others.map((own, index) =>
    loadFor(own, around, inForce?.others[index], {
      ...terms,
      read: rules,
      listsDirectory: ownLists(own, around, first.options['lists-dir'], index + 2),
    }),
  );
  if (more.length === 0) return first;
  const all = [first, ...more].map(triedForEver);
  const [main, ...others] = all;
  if (inForce === undefined) checkDestinations(all.map(({ paths }) => paths));
  const unique = (texts: readonly string[]): string[] => [...new Set(texts)];
  return leavingOutForAll<Loaded>({
    ...(main ?? first),
    others,
    warnings: unique(all.flatMap(({ warnings }) => warnings)),
    notes: unique(all.flatMap(({ notes }) => notes)),
  });
}

/**
 * The executor of each destination has a lists directory of its own, as it has ids: named by the
 * user, or beside that of the first.
 */
function ownLists(
  configuration: Configuration,
  around: StartContext,
  first: BytePath | undefined,
  number: number,
): BytePath | undefined {
  const own = configuration.resolve().values['lists-dir'];
  const isShared = own !== undefined && own === first;
  return optional(isShared ? (`${own.replace(/\/+$/, '')}.${number}` as BytePath) : own, around);
}

/** One destination of several gives up only where the user has said when. */
function triedForEver(loaded: Loaded): Loaded {
  const { executor, given } = loaded;
  const isLimited = given.has('retries') || endsByItself(executor);
  return isLimited ? loaded : { ...loaded, executor: { ...executor, retries: 0 } };
}

/** For the destination that this configuration has. */
function loadFor(
  configuration: Configuration,
  around: StartContext,
  inForce: Loaded | undefined,
  { sameRules, rules: sent, read, listsDirectory }: LoadTerms,
): Loaded {
  const resolved = configuration.resolve();
  const { values } = resolved;
  const { handlerArguments } = configuration;
  if (values['watch-dir'] === undefined) throw configuration.nothingToWatch;
  if (values.mode === undefined) throw new ClsyncError('NO_MODE');
  checkCombinations(resolved, values.mode, handlerArguments);
  if (inForce === undefined) {
    if (values.monitor !== 'auto') checkMonitor(values.monitor);
    accessOf(values);
  }
  const paths =
    inForce === undefined
      ? loadPaths(
          resolved,
          values['watch-dir'],
          values.mode,
          handlerArguments,
          around,
          listsDirectory,
        )
      : { ...inForce.paths, standbyFile: optional(values['standby-file'], around) };
  const { rules, rulesFile } =
    read !== undefined
      ? { rules: read, rulesFile: undefined }
      : inForce !== undefined && sameRules
        ? { rules: inForce.watcher.rules, rulesFile: inForce.rulesFile }
        : loadRules(values, paths, around, inForce !== undefined, sent);
  const chosen = inForce?.watcher ?? chosenMonitor(values.monitor, paths);
  const sandbox =
    inForce?.sandbox ?? loadSandbox(resolved, paths, handlerArguments, around, chosen.monitor);
  const atStart = (): Reach | undefined => (values.compat ? undefined : reachOf(sandbox));
  const reach = inForce === undefined ? atStart() : inForce.executor.reach;
  const { handler, preExitHook, exitHook, syncHook, failureHook } = paths;
  const scripts = [handler, preExitHook, exitHook, syncHook, failureHook].filter(
    (path) => path !== undefined,
  );
  return {
    options: values,
    given: resolved.given,
    paths,
    rulesFile,
    watcher: watcherSettings(values, paths, rules, chosen, 1 + values['also-to'].length),
    executor: executorSettings(resolved, paths, rules, handlerArguments, around, sandbox, reach),
    sandbox,
    others: [],
    warnings: [
      ...resolved.warnings,
      ...unsetNames(handlerArguments ?? [], resolved),
      ...otherUser(sandbox),
      ...withoutDirectories(paths, handlerArguments),
      ...leftOutInWords(paths),
      ...(inForce === undefined ? unseenPaths(handlerArguments ?? [], scripts, sandbox) : []),
    ],
    notes: leftOutOf(values, sandbox.mirrored),
  };
}

/** A warning that cp, with the arguments of the C program, copies neither directories nor trees. */
function withoutDirectories(
  { mode, ownProgram }: Paths,
  words: readonly BytePath[] | undefined,
): string[] {
  const isPlain = words === undefined && ownProgram !== undefined;
  return isPlain && MODE_TRAITS[mode].pathArguments
    ? [
        `mode ${mode}: without arguments ${display(ownProgram)} copies no directories: write ` +
          '-- -a --parents %INCLUDE-LIST% %destination-dir%/, or take -Mmirror',
      ]
    : [];
}

/** A warning that --uid does not change the ids of handlers under --compat, as in the C program. */
function otherUser({ compat, uid, handlerUid, privilegedUid }: SandboxSettings): string[] {
  if (
    !compat ||
    uid === undefined ||
    (handlerUid ?? privilegedUid) !== undefined ||
    uid === STARTER.uid
  )
    return [];
  return [
    "--uid: with --compat handlers keep the starter's ids, as in the C program; " +
      '--sync-handler-uid gives them others',
  ];
}

/** A warning for each `%option%` in the handler's arguments that is not set. */
function unsetNames(words: readonly BytePath[], { texts }: Resolved): string[] {
  const names = new Set(words.flatMap(namesIn).flatMap((name) => findOption(name) ?? []));
  return [...names]
    .filter((name) => texts[name] === '')
    .map((name) => `handler arguments: %${name}% is empty, ${name} is not set`);
}

function leftOutInWords({ leftOut, ownListsDirectory }: Paths): string[] {
  const paths = leftOut.filter((path) => path !== ownListsDirectory).map(display);
  return paths.length === 0
    ? []
    : [
        `left out of the watched directory, as it is the kernel's or the copy itself: ` +
          paths.join(' '),
      ];
}

/** The same settings with the rules file read again. Throws ClsyncError. */
export function reloadRules(loaded: Loaded, around: StartContext): Loaded {
  const { options, rulesFile, paths } = loaded;
  const file = options['rules-file'];
  if (file !== undefined && rulesFile === undefined)
    throw new ClsyncError('RULES_GONE', display(file));
  const rules = rulesFrom(rulesFile && (() => rulesFile.read()), options, paths, around);
  return leavingOutForAll<Loaded>({
    ...loaded,
    watcher: { ...loaded.watcher, rules },
    executor: { ...loaded.executor, rules },
    others: loaded.others.map((one) => ({ ...one, executor: { ...one.executor, rules } })),
  });
}

/** @param running whether the daemon runs, so that nobody hands over a descriptor any more */
function loadRules(
  values: Options,
  paths: Paths,
  around: StartContext,
  running: boolean,
  sent: FileContent | undefined,
): { readonly rules: readonly Rule[]; readonly rulesFile: KeptFile | undefined } {
  const file = values['rules-file'];
  if (file === undefined)
    return { rules: rulesFrom(undefined, values, paths, around), rulesFile: undefined };
  const given = running ? undefined : givenDescriptor(file);
  if (sent !== undefined || given !== undefined) {
    const content = (): FileContent => sent ?? readGiven(given as number);
    return { rules: rulesFrom(content, values, paths, around), rulesFile: undefined };
  }
  const kept: { file?: KeptFile } = {};
  const read = (): FileContent => {
    const judge = judgeOf({ trustFiles: values['trust-files'] });
    kept.file = new KeptFile('--rules-file', absolute(file, around.directory), judge);
    return kept.file.read();
  };
  try {
    const rules = rulesFrom(read, values, paths, around);
    return { rules, rulesFile: kept.file };
  } catch (error) {
    kept.file?.close();
    throw error;
  }
}

function rulesFrom(
  read: (() => FileContent) | undefined,
  values: Options,
  paths: Paths,
  around: StartContext,
): readonly Rule[] {
  const file = values['rules-file'];
  const first = leavingOut(neverSynced(paths));
  if (file === undefined || read === undefined) return first;
  const rules = readRules(file, read, around.checkPattern);
  if (Buffer.byteLength(JSON.stringify(rules)) > LIMITS.json / 2)
    throw new ClsyncError('RULES_TOO_LONG', display(file));
  return [...first, ...rules];
}
