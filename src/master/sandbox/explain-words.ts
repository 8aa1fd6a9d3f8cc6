/** The explanation of a sandbox, as data and in words for people. */
import { defined } from '../settings/defined.js';

export interface RoleExplanation {
  readonly uid: number | 'unchanged';
  readonly gid: number | 'unchanged';
  readonly groups: readonly number[] | 'unchanged';
  readonly capabilities: readonly string[];
  readonly bounding: readonly string[] | 'unchanged';
  readonly noNewPrivileges: true;
  readonly writtenCode: string;
  readonly descriptors: readonly number[];
  readonly namespaces: readonly string[];
  readonly nothingOutlivesIt: string;
  readonly view: string;
  readonly files: readonly { readonly path: string; readonly access: string }[];
  readonly landlock:
    { readonly files: string; readonly network: string; readonly scoped: string } | 'none';
  /** The parts of the view that are not files of the host. */
  readonly mounts: readonly string[];
  /** From its start. */
  readonly systemCalls: CallRules | 'all';
  /** What is left of them once it is sealed; missing: all. */
  readonly sealedCalls?: CallRules;
  /** Of the process that tells the watcher where directories are; missing: there is none. */
  readonly resolverCalls?: CallRules | 'all';
  /** The launcher's specification, step by step. */
  readonly specification: unknown;
}

export type CallRules = readonly {
  readonly calls: readonly string[];
  readonly verdict: string;
  readonly when?: unknown;
  /** What it is allowed for. */
  readonly why?: string;
}[];

/** The further confinement of handlers, hooks and plug-ins, compared with the executor. */
export interface HandlerExplanation {
  readonly signals: string;
  /** undefined: the executor's. */
  readonly capabilities?: readonly string[];
  readonly systemCalls: CallRules;
}

export interface MasterExplanation {
  readonly uid: number | 'unchanged';
  readonly gid: number | 'unchanged';
  readonly capabilities: readonly string[];
  /** What it may open; undefined: what its ids may. */
  readonly files?: RoleExplanation['files'];
  readonly landlock?: RoleExplanation['landlock'];
  readonly systemCalls: CallRules | 'all';
}

export interface ExecutorExplanation {
  readonly executor: RoleExplanation;
  /** undefined: the executor starts no program. */
  readonly handlers?: HandlerExplanation;
}

/** Of a destination after the first. */
export interface OtherExplanation extends ExecutorExplanation {
  readonly name: string;
  readonly destination: string;
}

export interface Explanation extends ExecutorExplanation {
  /** What starts the roles. */
  readonly monitor: MasterExplanation;
  readonly master: MasterExplanation;
  readonly watcher: RoleExplanation;
  /** undefined: there is one destination. */
  readonly others?: readonly OtherExplanation[];
  /** Hears the master for the monitor. */
  readonly clerk: MasterExplanation;
  readonly limits: Readonly<Record<string, number>>;
  readonly missing: readonly string[];
  readonly forgone: readonly string[];
  /** Warnings about the command line. */
  readonly warnings: readonly string[];
}

export function inWords({
  monitor,
  master,
  watcher,
  executor,
  handlers,
  others = [],
  clerk,
  limits,
  missing,
  forgone,
  warnings,
}: Explanation): string {
  const lines = [
    ...masterInWords('monitor, which starts the roles', monitor),
    ...masterInWords("the monitor's clerk, which hears the master", clerk),
    ...masterInWords('master', master),
    ...roleInWords('watcher', watcher),
    '',
    ...executorInWords('executor', { executor, ...defined({ handlers }) }),
    ...others.flatMap((one) => executorInWords(`${one.name}, for ${one.destination}`, one)),
  ];
  lines.push(
    `limits: ${Object.entries(limits)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`,
  );
  for (const what of forgone) lines.push(`forgone: ${what}`);
  for (const what of missing) lines.push(`missing: ${what}`);
  for (const what of warnings) lines.push(`warning: ${what}`);
  return lines.join('\n') + '\n';
}

function executorInWords(name: string, { executor, handlers }: ExecutorExplanation): string[] {
  if (handlers === undefined)
    return [...roleInWords(`${name}, which starts no program`, executor), ''];
  return [
    ...roleInWords(`${name}, handlers, hooks and plug-ins`, executor),
    '',
    ...handlersInWords(handlers),
    '',
  ];
}

function handlersInWords({ signals, capabilities, systemCalls }: HandlerExplanation): string[] {
  return [
    'handlers, hooks and plug-ins besides',
    `  signals       ${signals}`,
    ...(capabilities === undefined
      ? []
      : [`  capabilities  no more than ${capabilities.join(' ') || 'none'}`]),
    '  system calls refused',
    ...callsInWords(systemCalls),
  ];
}

function masterInWords(
  name: string,
  { uid, gid, capabilities, files, landlock, systemCalls }: MasterExplanation,
): string[] {
  return [
    name,
    `  ids           uid ${uid}, gid ${gid}, no groups`,
    `  capabilities  ${capabilities.join(' ') || 'none'}; no new privileges`,
    ...(files === undefined
      ? []
      : ['  files', ...files.map(({ path, access }) => `    ${access.padEnd(8)}${path}`)]),
    ...(landlock === undefined ? [] : [`  Landlock      ${landlockInWords(landlock)}`]),
    '  system calls',
    ...callsInWords(systemCalls),
    '',
  ];
}

function roleInWords(name: string, role: RoleExplanation): string[] {
  const list = (items: readonly (string | number)[] | string): string =>
    typeof items === 'string' ? items : items.join(' ') || 'none';
  return [
    name,
    `  ids           uid ${role.uid}, gid ${role.gid}, groups ${list(role.groups)}`,
    `  capabilities  ${list(role.capabilities)}; bounding set ${list(role.bounding)}; no new ` +
      'privileges',
    `  written code  ${role.writtenCode}`,
    `  descriptors   ${list(role.descriptors)}`,
    `  namespaces    ${list(role.namespaces)}; nothing outlives it: ${role.nothingOutlivesIt}`,
    `  view          ${role.view}`,
    ...role.files.map(({ path, access }) => `    ${access.padEnd(8)}${path}`),
    ...role.mounts.map((mount) => `    ${mount}`),
    `  Landlock      ${landlockInWords(role.landlock)}`,
    '  system calls',
    ...callsInWords(role.systemCalls),
    ...(role.sealedCalls === undefined
      ? []
      : ['  of these, once it is sealed', ...callsInWords(role.sealedCalls)]),
    ...(role.resolverCalls === undefined
      ? []
      : [
          '  system calls of the process that tells it where directories are, with the same ids',
          ...callsInWords(role.resolverCalls),
        ]),
  ];
}

function landlockInWords(landlock: RoleExplanation['landlock']): string {
  if (landlock === 'none') return landlock;
  const { files, network, scoped } = landlock;
  return `files ${files}, network ${network}, scoped ${scoped}`;
}

function callsInWords(rules: CallRules | 'all'): string[] {
  if (rules === 'all') return ['    all'];
  return rules.map(
    ({ calls, verdict, when, why }) =>
      `    ${verdict}${conditionInWords(when)}: ${calls.join(' ')}${why === undefined ? '' : ` (${why})`}`,
  );
}

function conditionInWords(when: unknown): string {
  return when === undefined ? '' : ` when ${JSON.stringify(when)}`;
}
