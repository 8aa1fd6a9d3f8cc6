/** Starts a role through the launcher, inside its sandbox, joined to the master by a socketpair. */
import type { ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { fromText } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { FILES, roleDescriptors } from '../../shared/layout.js';
import { nothingToRead, socketpair } from '../../shared/native.js';
import { compileFilter } from '../../shared/seccomp/filter.js';
import { startLauncher } from '../../shared/launcher.js';
import type { LauncherFailure } from '../../shared/specification-wire.js';
import type { Specification } from '../../shared/specification.js';
import { nodeOptions } from '../../shared/written-code.js';
import { maskOf } from './capabilities.js';
import type { Sandbox, SandboxPlan } from './decision.js';
import { Inherited } from './held.js';
import type { Held } from './held.js';
import { peerCount, ROLES } from './roles.js';
import type { SandboxedRole } from './roles.js';
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
 * Variables of the master's environment that a role itself needs. The executor's settings hold
 * those for handlers.
 */
const ROLE_VARIABLES = ['TZ'] as const;

/**
 * Starts `role`; `peers` are its ends of the socketpairs to its peers, which stay open here (close
 * them once the peers have theirs), and so does `held`. Throws ClsyncError when the launcher cannot
 * be run at all.
 */
export function launchRole(
  role: SandboxedRole,
  sandbox: Sandbox,
  peers: readonly number[],
  held: Held,
): RoleProcess {
  const places = roleDescriptors(peers.length);
  const [ours, theirs] = socketpair();
  const input = nothingToRead();
  const launcher = startLauncher(FILES.launcher, places.launcher, [
    input,
    ...sandbox.outputs[role],
    theirs,
    ...peers,
    'pipe',
    'pipe',
    ...[...held.values()].map(({ descriptor }) => descriptor),
  ]);
  for (const descriptor of [input, theirs]) closeSync(descriptor);
  const { pid } = launcher.child;
  const leash = launcher.pipe(places.leash);
  if (pid === undefined || leash === undefined) {
    closeSync(ours);
    throw new ClsyncError('SANDBOX', role, `${FILES.launcher} cannot be run`);
  }
  const ended = endOf(launcher.child);
  const executed = launcher.launch(specifyRole(role, sandbox, held));
  leash.on('error', () => undefined).resume(); // nothing comes; its end is the keeper's
  return {
    pid,
    channel: ours,
    exited: Promise.all([ended, executed]).then(([end, failure]) =>
      withFailure(role, end, failure),
    ),
    executed: executed.then(() => undefined),
    kill: () => leash.destroy(),
  };
}

/** What the launcher does for `role`. @param held what it inherits, open */
export function specifyRole(
  role: SandboxedRole,
  sandbox: SandboxPlan,
  held: Held = new Map(),
): Specification {
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
  } = sandbox[role];
  const words = [
    process.execPath,
    ...nodeOptions(writtenCode),
    FILES[role],
    ...ROLES[role].words(sandbox.settings),
  ].map(fromText);
  const { cgroup } = sandbox;
  const { master, peers, leash, granted } = roleDescriptors(peerCount(role));
  const own = grantedDescriptors(role, sandbox.settings);
  const inherited = new Inherited(held, granted + own.length);
  const directory = ROLES[role].directory(sandbox.settings);
  const directoryOpened = view === undefined ? inherited.at(directory) : undefined;
  return {
    ...(ROLES[role].inCgroup && cgroup !== undefined ? { cgroups: cgroup.joins } : {}),
    descriptors: [0, 1, 2, master, ...peers, leash, ...own],
    inherited: inherited.descriptors,
    leash,
    keeperCapabilities:
      keeper === 'adoption' && (capabilities.permitted & maskOf(['SETUID'])) !== 0n
        ? maskOf(['KILL']) & capabilities.permitted
        : 0n,
    session: true,
    limits,
    ...(namespaces === undefined ? {} : { namespaces }),
    keeper,
    ...(view === undefined ? {} : { view: inherited.view(view) }),
    directory,
    ...(directoryOpened === undefined ? {} : { directoryOpened }),
    ...(bounding === undefined ? {} : { bounding }),
    ...(identity === undefined ? {} : { identity }),
    capabilities,
    parent: process.pid,
    noNewPrivileges: true,
    noWrittenCode,
    ...(landlock === undefined ? {} : { landlock: inherited.landlock(landlock) }),
    ...(seccomp === undefined ? {} : { seccomp: compileFilter(seccomp) }),
    program: fromText(process.execPath),
    arguments: words,
    environment: ROLE_VARIABLES.flatMap((name) =>
      process.env[name] === undefined ? [] : [fromText(`${name}=${process.env[name]}`)],
    ),
  };
}

/** Besides the streams and channels: what the watcher's monitor needs of the master. */
export function grantedDescriptors(
  role: SandboxedRole,
  settings: SandboxSettings,
): readonly number[] {
  const count = ROLES[role].descriptors(settings);
  const { granted } = roleDescriptors(peerCount(role));
  return Array.from({ length: count }, (_, index) => granted + index);
}

/** The end of the process, once its streams are closed too. */
function endOf(child: ChildProcess): Promise<RoleEnd> {
  return new Promise((resolve) => {
    child.once('close', (code: number | null, signal: NodeJS.Signals | null) =>
      resolve({ code, signal }),
    );
  });
}

function withFailure(
  role: SandboxedRole,
  end: RoleEnd,
  failure: LauncherFailure | undefined,
): RoleEnd {
  return failure === undefined
    ? end
    : { ...end, error: new ClsyncError('SANDBOX', role, `${failure.step}: ${failure.words}`) };
}
