/** What the launcher does for each role. */
import { fromText } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { ClsyncError } from '../../shared/errors.js';
import { FILES, roleDescriptors } from '../../shared/layout.js';
import { MONITORS } from '../../shared/monitors.js';
import { compileFilter } from '../../shared/seccomp/filter.js';
import { RESOLVER_CALLS } from '../../shared/seccomp/resolver.js';
import type { Specification, View } from '../../shared/specification.js';
import { nodeOptions } from '../../shared/written-code.js';
import { defined } from '../settings/defined.js';
import { maskOf } from './capabilities.js';
import { executorsOf, membersOf } from './decision.js';
import type { SandboxPlan } from './decision.js';
import { Inherited } from './held.js';
import type { Held } from './held.js';
import { withoutForeignMounts } from './mount-points.js';
import { peerCount, ROLES } from './roles.js';
import type { Member, SandboxedRole } from './roles.js';
import type { SandboxSettings } from './settings.js';

/** A running watcher or executor. */
export interface RoleProcess {
  /** The pid of the keeper, the parent process of the role. */
  readonly pid: number;
  /** The master's end of the socketpair to the role. The caller closes it. */
  readonly channel: number;
  /**
   * Resolves at the end of the role. `error` is set when the role could not be confined and so
   * never ran. Never rejects.
   */
  readonly exited: Promise<RoleEnd>;
  /**
   * Resolves once the role's program is executed, or has failed to be: until then its view may
   * still be mounted. Never rejects.
   */
  readonly executed: Promise<void>;
  /** Ends the role at once, with everything it started. */
  kill(): void;
}

export interface RoleEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly error?: ClsyncError;
}

/**
 * Variables that a role itself needs. The executor's settings hold those for handlers. All dates
 * that the watcher writes are of UTC; where it is told so, its start does not read time zones until
 * it has found one like that of the host.
 */
function variablesOf(role: SandboxedRole): readonly BytePath[] {
  const zone = role === 'watcher' ? 'UTC' : process.env.TZ;
  return zone === undefined ? [] : [fromText(`TZ=${zone}`)];
}

/**
 * What the launcher does for `member`.
 *
 * @param held what it inherits, open
 * @param parent the process that starts it, with which the role ends
 */
export function specifyRole(
  member: Member,
  sandbox: SandboxPlan,
  held: Held = new Map(),
  parent: number = process.pid,
): Specification {
  const { role } = member;
  const own = executorsOf(sandbox)[member.destination] ?? sandbox;
  const { settings } = own;
  const {
    identity,
    capabilities,
    bounding,
    namespaces,
    keeper,
    view,
    landlock,
    seccomp,
    writtenCode,
    noWrittenCode,
    limits,
  } = role === 'watcher' ? sandbox.watcher : own.executor;
  const words = [
    process.execPath,
    ...nodeOptions(writtenCode),
    FILES[role],
    ...ROLES[role].words(settings),
  ];
  const { cgroup } = sandbox;
  const crew = membersOf(sandbox);
  const { master, peers, leash, granted } = roleDescriptors(peerCount(role, crew));
  const ownFiles = grantedDescriptors(role, settings, crew);
  const inherited = new Inherited(held, granted + ownFiles.length);
  const directory = ROLES[role].directory(settings);
  const mark = role === 'watcher' ? MONITORS[settings.monitor].mark : undefined;
  const events = mark && {
    descriptor: granted + ownFiles.length + inherited.descriptors.length,
    flags: mark.flags,
    mask: mark.mask,
    directory,
    ...defined({ opened: inherited.at(directory) }),
  };
  // Both are known only to the launcher, which makes them; the watcher is told their numbers.
  const resolver = events && {
    descriptor: events.descriptor + 1,
    files: landlock?.files ?? 0n,
    ...(seccomp === undefined
      ? {}
      : {
          seccomp: compileFilter(RESOLVER_CALLS.rules, { otherwise: RESOLVER_CALLS.otherwise }),
        }),
  };
  const directoryOpened = view === undefined ? inherited.at(directory) : undefined;
  return {
    ...(cgroup === undefined ? {} : { cgroups: cgroup.joins[role] }),
    descriptors: [0, 1, 2, master, ...peers, leash, ...ownFiles],
    inherited: inherited.descriptors,
    leash,
    keeperCapabilities:
      keeper === 'adoption' && (capabilities.permitted & maskOf(['SETUID'])) !== 0n
        ? maskOf(['KILL']) & capabilities.permitted
        : 0n,
    session: true,
    limits,
    ...defined({ events, resolver }),
    ...(namespaces === undefined ? {} : { namespaces }),
    keeper,
    ...(view === undefined ? {} : { view: inherited.view(shown(role, view, settings)) }),
    directory,
    ...(directoryOpened === undefined ? {} : { directoryOpened }),
    ...(bounding === undefined ? {} : { bounding }),
    ...(identity === undefined ? {} : { identity }),
    capabilities,
    parent,
    noNewPrivileges: true,
    noWrittenCode,
    ...(landlock === undefined ? {} : { landlock: inherited.landlock(landlock) }),
    ...(seccomp === undefined
      ? {}
      : { seccomp: compileFilter(seccomp.rules, { otherwise: seccomp.otherwise }) }),
    program: fromText(process.execPath),
    arguments: [
      ...words,
      ...[events, resolver].flatMap((made) => (made === undefined ? [] : [`${made.descriptor}`])),
    ].map(fromText),
    environment: variablesOf(role),
  };
}

/** The watcher leaves out foreign mounts itself, and tells what is mounted and unmounted. */
function shown(role: SandboxedRole, view: View, settings: SandboxSettings): View {
  return role === 'executor' ? withoutForeignMounts(view, settings) : view;
}

/** Besides the streams and channels: what the master opens for it. */
export function grantedDescriptors(
  role: SandboxedRole,
  settings: SandboxSettings,
  crew: readonly Member[],
): readonly number[] {
  const count = ROLES[role].descriptors(settings);
  const { granted } = roleDescriptors(peerCount(role, crew));
  return Array.from({ length: count }, (_, index) => granted + index);
}
