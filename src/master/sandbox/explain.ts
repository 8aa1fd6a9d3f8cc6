/**
 * `--explain-sandbox`: describes the sandbox of a command line, for people and for programs.
 * Changes nothing.
 */
import { display } from '../../shared/bytes.js';
import { roleDescriptors } from '../../shared/layout.js';
import type { CallRule, Filter } from '../../shared/seccomp/filter.js';
import { CLERK_CALLS } from '../../shared/seccomp/clerk.js';
import { MASTER_SEAL } from '../../shared/seccomp/master.js';
import { monitorFilter } from '../../shared/seccomp/monitor.js';
import { NO_OTHER_CAPABILITIES, noSignalsTo } from '../../shared/seccomp/programs.js';
import { RESOLVER_CALLS } from '../../shared/seccomp/resolver.js';
import type { Landlock, MountRow, Specification, View } from '../../shared/specification.js';
import { maskOf, namesOf } from './capabilities.js';
import { PROCESSES } from './cgroup.js';
import { defined } from '../settings/defined.js';
import { grantedDescriptors, specifyRole } from './launch.js';
import { capabilitiesOfMonitor } from './master.js';
import { masterGrants } from './master-grants.js';
import { marksFor, needsNetwork } from './decision.js';
import { executablesOf } from './executables.js';
import type { Access } from './grants.js';
import { decideSandbox } from './plan.js';
import { executorsOf, membersOf } from './decision.js';
import type { Decision, ExecutorDecision, RolePlan } from './decision.js';
import { CLERK_CAPABILITIES, memberOf, peerCount, ROLES } from './roles.js';
import type { Member, SandboxedRole } from './roles.js';
import { destinationOf, summaryOf } from './explain-summary.js';
import { inWords } from './explain-words.js';
import type {
  CallRules,
  ExecutorExplanation,
  Explanation,
  HandlerExplanation,
  OtherExplanation,
  RoleExplanation,
} from './explain-words.js';
import type { SandboxSettings } from './settings.js';

/** Explains the sandbox. Throws ClsyncError as the start of the daemon does. */
export function explainSandbox(
  all: readonly [SandboxSettings, ...SandboxSettings[]],
  format: 'text' | 'json',
  warnings: readonly string[] = [],
): string {
  const [settings, ...more] = all;
  const decision = decideSandbox(settings, 'first', more);
  const [watcher, executor, ...others] = [memberOf('watcher'), ...executorsIn(decision)];
  const explanation: Explanation = {
    monitor: {
      uid: 'unchanged',
      gid: 'unchanged',
      capabilities: namesOf(capabilitiesOfMonitor(decision)),
      systemCalls: decision.filters
        ? rulesOf({
            rules: monitorFilter(needsNetwork(decision), marksFor(decision)),
            otherwise: 'allow',
          })
        : 'all',
    },
    master: {
      uid: decision.master?.uid ?? 'unchanged',
      gid: decision.master?.gid ?? 'unchanged',
      capabilities: [],
      ...(decision.masterFiles === undefined
        ? {}
        : {
            files: masterGrants().map(({ path, access }) => ({ path: display(path), access })),
          }),
      landlock: describeLandlock(decision.masterFiles),
      systemCalls: rulesOf(MASTER_SEAL),
    },
    watcher: explainRole(watcher, decision),
    ...explainExecutor(executor as Member, decision),
    ...(others.length === 0 ? {} : { others: others.map((one) => explainOther(one, decision)) }),
    clerk: {
      uid: 'unchanged',
      gid: 'unchanged',
      capabilities: namesOf(maskOf(CLERK_CAPABILITIES) & capabilitiesOfMonitor(decision)),
      systemCalls: decision.filters ? rulesOf({ rules: CLERK_CALLS, otherwise: 'ENOSYS' }) : 'all',
    },
    limits: {
      processes: PROCESSES,
      ...settings.limits,
      ...defined({ watcherMemory: settings.watcherMemory }),
    },
    missing: decision.missing,
    forgone: decision.forgone,
    warnings,
  };
  return format === 'json'
    ? JSON.stringify(explanation, undefined, 2) + '\n'
    : [...summaryOf(explanation, all), '', inWords(explanation)].join('\n');
}

function executorsIn(decision: Decision): Member[] {
  return membersOf(decision).filter(({ role }) => role === 'executor');
}

function explainOther(member: Member, decision: Decision): OtherExplanation {
  const { settings } = decisionOf(member, decision);
  return {
    name: member.name,
    destination: destinationOf(settings),
    ...explainExecutor(member, decision),
  };
}

function explainExecutor(member: Member, decision: Decision): ExecutorExplanation {
  const own = decisionOf(member, decision);
  return {
    executor: explainRole(member, decision),
    ...(own.settings.executes ? { handlers: explainHandlers(own) } : {}),
  };
}

function decisionOf({ destination }: Member, decision: Decision): ExecutorDecision {
  return executorsOf(decision)[destination] as ExecutorDecision;
}

function explainHandlers({
  executor,
  handlers: { capabilities, filter, scoped },
}: ExecutorDecision): HandlerExplanation {
  return {
    ...(capabilities === undefined ? {} : { capabilities: namesOf(BigInt(capabilities)) }),
    signals:
      executor.keeper === 'adoption'
        ? 'to what their ids may signal, not to the daemon'
        : scoped !== 0
          ? 'to processes of the same call only'
          : filter
            ? 'to all that the executor has started, not to itself'
            : 'to the executor, too',
    systemCalls: filter
      ? [...noSignalsTo([1]), ...(capabilities === undefined ? [] : [NO_OTHER_CAPABILITIES])].map(
          ruleOf,
        )
      : [],
  };
}

function explainRole(member: Member, decision: Decision): RoleExplanation {
  const { role } = member;
  const { settings, executor } = decisionOf(member, decision);
  const plan: RolePlan = role === 'watcher' ? decision.watcher : executor;
  const { identity, view, landlock } = plan;
  const crew = membersOf(decision);
  const { master, peers } = roleDescriptors(peerCount(role, crew));
  const sealed = ROLES[role].seal(settings);
  return {
    uid: identity?.uid ?? 'unchanged',
    gid: identity?.gid ?? 'unchanged',
    groups: identity?.groups ?? 'unchanged',
    capabilities: namesOf(plan.capabilities.permitted),
    bounding: plan.bounding === undefined ? 'unchanged' : namesOf(plan.bounding),
    noNewPrivileges: true,
    writtenCode:
      plan.writtenCode === 'executed'
        ? 'may be executed'
        : `refused by ${refusersOf(plan).join(' and ')}`,
    descriptors: [0, 1, 2, master, ...peers, ...grantedDescriptors(role, settings, crew)],
    namespaces: plan.namespaces?.kinds ?? [],
    nothingOutlivesIt:
      plan.keeper === 'namespace' ? 'pid namespace' : 'a keeper that adopts and kills orphans',
    view: describeView(view),
    files: filesOf(role, settings),
    landlock: describeLandlock(landlock),
    mounts: (view?.rows ?? []).flatMap(describeMount),
    systemCalls: plan.seccomp === undefined ? 'all' : rulesOf(plan.seccomp),
    ...(sealed === undefined ? {} : { sealedCalls: rulesOf(sealed) }),
    ...(role === 'watcher' && marksFor(decision)
      ? { resolverCalls: decision.filters ? rulesOf(RESOLVER_CALLS) : 'all' }
      : {}),
    specification: plainly(specifyRole(member, decision)),
  };
}

function describeLandlock(landlock: Landlock | undefined): RoleExplanation['landlock'] {
  if (landlock === undefined) return 'none';
  const { files, network, scoped } = landlock;
  return { files: hex(files), network: hex(network), scoped: hex(scoped) };
}

/**
 * The grants. Where executables are fixed, whole directories are only there to load libraries from,
 * and what may be executed is listed.
 */
function filesOf(role: SandboxedRole, settings: SandboxSettings): RoleExplanation['files'] {
  const fixed = ROLES[role].terms(settings).fixedExecutables ? executablesOf(settings) : [];
  const narrower: Partial<Record<Access, string>> =
    fixed.length === 0 ? {} : { execute: 'load', all: 'write' };
  const grants = ROLES[role]
    .grants(settings)
    .filter(({ path }) => !fixed.includes(path))
    .map(({ path, access, sockets }) => ({
      path: display(path),
      access: sockets ? 'socket' : (narrower[access] ?? access),
    }));
  return [...grants, ...fixed.map((path) => ({ path: display(path), access: 'execute' }))];
}

/** The mechanisms that keep written memory from being executed. */
function refusersOf({ noWrittenCode, seccomp }: RolePlan): string[] {
  return [
    ...(noWrittenCode ? ['PR_SET_MDWE'] : []),
    ...(seccomp === undefined ? [] : ['the filter']),
  ];
}

function describeView(view: View | undefined): string {
  if (view === undefined) return "the host's, only Landlock limits it";
  if (view.chroot !== undefined)
    return (
      `${display(view.chroot)}, with what follows mounted in ` +
      `it${view.freshRoot ? '' : ', by chroot(2) alone'}`
    );
  return view.freshRoot ? 'strict' : "the host's";
}

/** Describes a mount that does not show files of the host. */
function describeMount(row: MountRow): string[] {
  const where = display(row.target);
  switch (row.kind) {
    case 'proc':
    case 'tmpfs':
      return [`${row.kind} on ${where} (${row.options})`];
    case 'attributes':
      return [`${where}: ${row.set.join(', ')}${row.recursive ? ', and all below' : ''}`];
    case 'bind':
      return row.source === row.target ? [] : [`${where}: a copy, kept like the original`];
    case 'file':
      return [`${where}: made for this view`];
    case 'detach':
      return [`${where}: unmounted`];
    default:
      return [];
  }
}

/**
 * The specification as JSON: masks in hexadecimal, the rules of the filter in place of its program.
 */
function plainly({ seccomp, ...steps }: Specification): unknown {
  return JSON.parse(
    JSON.stringify(steps, (key, value: unknown) =>
      // Of what a step leaves behind.
      key === 'seccomp'
        ? undefined
        : typeof value === 'bigint'
          ? hex(value)
          : value instanceof Uint8Array
            ? Buffer.from(value).toString('latin1')
            : value,
    ),
  );
}

function rulesOf({ rules, otherwise }: Filter): CallRules {
  return [...rules.map(ruleOf), { calls: ['all others'], verdict: otherwise }];
}

function ruleOf({ calls, action, when, why }: CallRule): CallRules[number] {
  return { calls, verdict: action, ...defined({ when, why }) };
}

function hex(mask: bigint): string {
  return '0x' + mask.toString(16);
}
