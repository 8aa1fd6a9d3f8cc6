/** `--explain-sandbox`: what a command line leads to, for people and for programs. Changes nothing. */
import { display } from '../../shared/bytes.js';
import { DESCRIPTORS } from '../../shared/layout.js';
import type { Rule } from '../../shared/seccomp/filter.js';
import { WATCHER_SEAL } from '../../shared/seccomp/tables.js';
import type { View } from '../../shared/specification.js';
import { namesOf } from './capabilities.js';
import { PROCESSES } from './cgroup.js';
import { grantsOf } from './grants.js';
import { decideSandbox } from './plan.js';
import type { RolePlan } from './plan.js';
import type { SandboxedRole } from './roles.js';
import type { SandboxSettings } from './settings.js';

interface RoleExplanation {
  readonly uid: number | 'unchanged';
  readonly gid: number | 'unchanged';
  readonly groups: readonly number[] | 'unchanged';
  readonly capabilities: readonly string[];
  readonly bounding: readonly string[] | 'unchanged';
  readonly noNewPrivileges: true;
  readonly descriptors: readonly number[];
  readonly namespaces: readonly string[];
  readonly nothingOutlivesIt: string;
  readonly view: string;
  readonly files: readonly { readonly path: string; readonly access: string }[];
  readonly landlock: { readonly files: string; readonly network: string; readonly scoped: string } | 'none';
  readonly systemCalls: readonly { readonly calls: readonly string[]; readonly verdict: string; readonly when?: unknown }[] | 'all';
}

interface Explanation {
  readonly watcher: RoleExplanation;
  readonly executor: RoleExplanation;
  readonly limits: Readonly<Record<string, number>>;
  readonly missing: readonly string[];
  readonly forgone: readonly string[];
}

/** Throws ClsyncError as the start of the daemon would. */
export function explainSandbox(settings: SandboxSettings, format: 'text' | 'json'): string {
  const decision = decideSandbox(settings);
  const explanation: Explanation = {
    watcher: explainRole('watcher', decision.watcher, settings),
    executor: explainRole('executor', decision.executor, settings),
    limits: { processes: PROCESSES, ...settings.limits },
    missing: decision.missing,
    forgone: decision.forgone,
  };
  return format === 'json' ? JSON.stringify(explanation, undefined, 2) + '\n' : inWords(explanation);
}

function explainRole(role: SandboxedRole, plan: RolePlan, settings: SandboxSettings): RoleExplanation {
  const { identity, view, landlock } = plan;
  return {
    uid: identity?.uid ?? 'unchanged',
    gid: identity?.gid ?? 'unchanged',
    groups: identity?.groups ?? 'unchanged',
    capabilities: namesOf(plan.capabilities.permitted),
    bounding: plan.bounding === undefined ? 'unchanged' : namesOf(plan.bounding),
    noNewPrivileges: true,
    descriptors: [0, 1, 2, DESCRIPTORS.master, DESCRIPTORS.peer],
    namespaces: plan.namespaces?.kinds ?? [],
    nothingOutlivesIt: plan.keeper === 'namespace' ? 'pid namespace' : 'a keeper that adopts and kills orphans',
    view: describeView(view),
    files: grantsOf(role, settings).map(({ path, access }) => ({ path: display(path), access })),
    landlock: landlock === undefined ? 'none' : { files: hex(landlock.files), network: hex(landlock.network), scoped: hex(landlock.scoped) },
    systemCalls: plan.seccomp === undefined ? 'all' : [...plan.seccomp, ...(role === 'watcher' ? WATCHER_SEAL : [])].map(ruleOf),
  };
}

function describeView(view: View | undefined): string {
  if (view === undefined) return "the host's, only Landlock limits it";
  if (view.chroot !== undefined) return `${display(view.chroot)}, with what follows mounted in it${view.freshRoot ? '' : ', by chroot(2) alone'}`;
  return view.freshRoot ? 'strict' : "the host's";
}

function ruleOf({ calls, verdict, when }: Rule): { calls: readonly string[]; verdict: string; when?: unknown } {
  return when === undefined ? { calls, verdict } : { calls, verdict, when };
}

function hex(mask: bigint): string {
  return '0x' + mask.toString(16);
}

function inWords({ watcher, executor, limits, missing, forgone }: Explanation): string {
  const lines = [...roleInWords('watcher', watcher), '', ...roleInWords('executor, handlers and hooks', executor), ''];
  lines.push(`limits: ${Object.entries(limits).map(([name, value]) => `${name} ${value}`).join(', ')}`);
  for (const what of forgone) lines.push(`forgone: ${what}`);
  for (const what of missing) lines.push(`missing: ${what}`);
  return lines.join('\n') + '\n';
}

function roleInWords(name: string, role: RoleExplanation): string[] {
  const list = (items: readonly (string | number)[] | string): string => (typeof items === 'string' ? items : items.join(' ') || 'none');
  const calls = role.systemCalls === 'all' ? ['all'] : role.systemCalls.map(({ calls: names, verdict, when }) => `${verdict}${when === undefined ? '' : ` when ${JSON.stringify(when)}`}: ${names.join(' ')}`);
  return [
    name,
    `  ids           uid ${role.uid}, gid ${role.gid}, groups ${list(role.groups)}`,
    `  capabilities  ${list(role.capabilities)}; bounding set ${list(role.bounding)}; no new privileges`,
    `  descriptors   ${list(role.descriptors)}`,
    `  namespaces    ${list(role.namespaces)}; nothing outlives it: ${role.nothingOutlivesIt}`,
    `  view          ${role.view}`,
    ...role.files.map(({ path, access }) => `    ${access.padEnd(8)}${path}`),
    `  Landlock      ${role.landlock === 'none' ? 'none' : `files ${role.landlock.files}, network ${role.landlock.network}, scoped ${role.landlock.scoped}`}`,
    '  system calls refused',
    ...calls.map((line) => `    ${line}`),
  ];
}
