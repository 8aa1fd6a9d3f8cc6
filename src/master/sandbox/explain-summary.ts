/** The sandbox in ten lines, for who does not want to know all of it. */
import { display } from '../../shared/bytes.js';
import { count } from '../../shared/in-words.js';
import type { Explanation, RoleExplanation } from './explain-words.js';
import type { SandboxSettings } from './settings.js';

const LABEL_WIDTH = 14;
/** The accesses with which files can be changed. */
const CHANGES: readonly string[] = ['write', 'all'];

/** Ten lines, without line ends. */
export function summaryOf(explanation: Explanation, settings: SandboxSettings): readonly string[] {
  const { master, watcher, executor, missing, forgone, warnings } = explanation;
  const rows: readonly (readonly [label: string, text: string])[] = [
    ['source', `${display(settings.watchDirectory)}: ${sourceOf(settings, watcher)}`],
    ['destination', destinationOf(settings)],
    ['may change', `the executor ${changedBy(executor)}; the watcher nothing`],
    ['sees', `the executor ${seenBy(executor)}; the watcher ${seenBy(watcher)}`],
    ['runs', runBy(settings)],
    [
      'users',
      `monitor ${userOf(explanation.monitor.uid)}, master ${userOf(master.uid)}, ` +
        `watcher ${userOf(watcher.uid)}, executor and handlers ${userOf(executor.uid)}`,
    ],
    [
      'capabilities',
      `executor ${inNames(executor.capabilities)}; watcher ${inNames(watcher.capabilities)}; master none`,
    ],
    ['network', `${networkOf(executor, 'executor')}; ${networkOf(watcher, 'watcher')}`],
    ['written code', `what the executor has written ${executableOf(executor)}`],
    [
      'lacking',
      missing.length + forgone.length + warnings.length === 0
        ? 'nothing that this system or this command line could give'
        : `${count(missing.length, 'mechanism', 'mechanisms')} missing, ${forgone.length} forgone, ` +
          `${count(warnings.length, 'warning', 'warnings')}: they stand at the end`,
    ],
  ];
  return rows.map(([label, text]) => `${label.padEnd(LABEL_WIDTH)}${text}`);
}

function sourceOf({ watchWritable }: SandboxSettings, { files }: RoleExplanation): string {
  const watcher = files.some(({ access }) => access === 'list') ? 'names, no contents' : 'it';
  const executor = watchWritable ? 'may change it' : 'reads it';
  return `the watcher sees ${watcher}, the executor ${executor}`;
}

function destinationOf({ destination, remoteDestination }: SandboxSettings): string {
  if (destination !== undefined) return display(destination);
  return remoteDestination ? 'on another host' : 'none';
}

function changedBy({ files, landlock, view }: RoleExplanation): string {
  if (landlock === 'none' && view !== STRICT) return 'whatever its user may change';
  const paths = files
    .filter(({ access, path }) => CHANGES.includes(access) && !path.startsWith('/dev/'))
    .map(({ path }) => path);
  return paths.length === 0 ? 'nothing of this host' : `only ${paths.join(' ')}`;
}
const STRICT = 'strict';

function seenBy({ files, landlock, view }: RoleExplanation): string {
  const listed = `the ${count(files.length, 'path', 'paths')} listed below`;
  if (view === STRICT) return `only ${listed}`;
  return landlock === 'none' ? "the host's files" : `the host's files, and opens only ${listed}`;
}

function runBy({ executes, copies }: SandboxSettings): string {
  if (!executes) return 'no program: the executor copies by itself';
  return copies ? 'hooks; the executor copies by itself' : 'handlers and hooks';
}

function inNames(capabilities: readonly string[]): string {
  if (capabilities.length > MANY) return `${capabilities.length} of the starter`;
  return capabilities.join(' ') || 'none';
}
const MANY = 12;

function userOf(uid: number | 'unchanged'): string {
  return uid === 'unchanged' ? "the starter's" : `uid ${uid}`;
}

function networkOf({ namespaces }: RoleExplanation, name: string): string {
  return `${name} ${namespaces.includes('network') ? 'none' : "the host's"}`;
}

function executableOf({ writtenCode }: RoleExplanation): string {
  return writtenCode === 'may be executed' ? writtenCode : 'is not executed by it';
}
