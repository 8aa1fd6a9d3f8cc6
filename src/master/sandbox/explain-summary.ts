/** The sandbox in ten lines, for who does not want to know all of it. */
import { isAmongDevices } from '../../shared/aside.js';
import { display, fromText } from '../../shared/bytes.js';
import { count } from '../../shared/in-words.js';
import type { Explanation, RoleExplanation } from './explain-words.js';
import type { SandboxSettings } from './settings.js';

const LABEL_WIDTH = 14;
/** The accesses with which files can be changed. */
const CHANGES: readonly string[] = ['write', 'all'];

/** Ten lines, without line ends. */
export function summaryOf(
  explanation: Explanation,
  all: readonly [SandboxSettings, ...SandboxSettings[]],
): readonly string[] {
  const { master, watcher, executor, others = [], missing, forgone, warnings } = explanation;
  const [settings] = all;
  const executors = [{ name: 'executor', executor }, ...others];
  const ofEach = (text: (executor: RoleExplanation) => string, article = 'the '): string => {
    const texts = executors.map((one) => text(one.executor));
    return executors.length > 1 && new Set(texts).size === 1
      ? `each executor ${texts[0]}`
      : executors.map(({ name }, index) => `${article}${name} ${texts[index]}`).join('; ');
  };
  const rows: readonly (readonly [label: string, text: string])[] = [
    ['source', `${display(settings.watchDirectory)}: ${sourceOf(settings, watcher)}`],
    ['destination', all.map(destinationOf).join(', ')],
    ['may change', `${ofEach(changedBy)}; the watcher nothing`],
    ['sees', `${ofEach(seenBy)}; the watcher ${seenBy(watcher)}`],
    ['runs', [...new Set(all.map(runBy))].join('; ')],
    [
      'users',
      `monitor ${userOf(explanation.monitor.uid)}, master ${userOf(master.uid)}, ` +
        `watcher ${userOf(watcher.uid)}, ` +
        executors.map((one) => `${one.name} and handlers ${userOf(one.executor.uid)}`).join(', '),
    ],
    [
      'capabilities',
      `${ofEach((one) => inNames(one.capabilities), '')}; watcher ${inNames(watcher.capabilities)}; master none`,
    ],
    ['network', `${ofEach(networkOf, '')}; watcher ${networkOf(watcher)}`],
    [
      'written code',
      `what ${others.length === 0 ? 'the' : 'an'} executor has written ${executableOf(executor)}`,
    ],
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

export function destinationOf({ destination, remoteDestination }: SandboxSettings): string {
  if (destination !== undefined) return display(destination);
  return remoteDestination ? 'on another host' : 'none';
}

function changedBy({ files, landlock, view }: RoleExplanation): string {
  if (landlock === 'none' && view !== STRICT) return 'whatever its user may change';
  const paths = files
    .filter(({ access, path }) => CHANGES.includes(access) && !isAmongDevices(fromText(path)))
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

function networkOf({ namespaces }: RoleExplanation): string {
  return namespaces.includes('network') ? 'none' : "the host's";
}

function executableOf({ writtenCode }: RoleExplanation): string {
  return writtenCode === 'may be executed' ? writtenCode : 'is not executed by it';
}
