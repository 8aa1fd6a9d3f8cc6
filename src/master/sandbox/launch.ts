/** Starts a role through the launcher, inside its sandbox, joined to the master by a socketpair. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { fromText } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { FILES } from '../../shared/layout.js';
import { socketpair } from '../../shared/native.js';
import { compileFilter } from '../../shared/seccomp/filter.js';
import { decodeFailure, encodeSpecification } from '../../shared/specification.js';
import type { Specification } from '../../shared/specification.js';
import type { Sandbox } from './plan.js';
import { ROLES } from './roles.js';
import type { SandboxedRole } from './roles.js';

export { planSandbox } from './plan.js';
export type { Sandbox } from './plan.js';
export type { SandboxSettings } from './settings.js';

/** A running watcher or executor. */
export interface RoleProcess {
  /** Of the role, or of the keeper between it and the master. */
  readonly pid: number;
  /** The master's end of the socketpair to the role; whoever takes it closes it. */
  readonly channel: number;
  /** Never rejects. `error` is set when the role could not be confined and so never ran. */
  readonly exited: Promise<RoleEnd>;
  /** SIGTERM and SIGKILL end the role at once, with everything it started. */
  kill(signal: NodeJS.Signals): void;
}

export interface RoleEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly error?: ClsyncError;
}

/** Descriptor on which the launcher reads its specification and reports; closed by the exec. */
const LAUNCHER_DESCRIPTOR = 5;

/** Variables a role itself needs of the master's; what handlers get travels in the executor's settings. */
const ROLE_VARIABLES = ['TZ'] as const;

/**
 * Starts `role`; `peer` is the descriptor that becomes the role's descriptor 4, and stays open here (close it once both roles have theirs).
 * Throws ClsyncError when the launcher cannot be run at all.
 */
export function launchRole(role: SandboxedRole, sandbox: Sandbox, peer: number): RoleProcess {
  const specification = encodeSpecification(specifyRole(role, sandbox));
  const [ours, theirs] = socketpair();
  const child = spawn(FILES.launcher, [String(LAUNCHER_DESCRIPTOR)], {
    stdio: ['ignore', 'inherit', 'inherit', theirs, peer, 'pipe'],
    env: {},
    cwd: '/',
  });
  closeSync(theirs);
  child.on('error', () => undefined); // says no more than that there is no pid
  if (child.pid === undefined) {
    closeSync(ours);
    throw new ClsyncError('SANDBOX', role, `${FILES.launcher} cannot be run`);
  }
  // The keeper that adopts orphans must live to kill them: it does so, with SIGKILL, on SIGTERM.
  const adopts = sandbox[role].keeper === 'adoption';
  const kill = (signal: NodeJS.Signals): void => void child.kill(adopts && signal === 'SIGKILL' ? 'SIGTERM' : signal);
  return { pid: child.pid, channel: ours, exited: endOf(role, child, specification), kill };
}

/** What the launcher does for `role`. */
export function specifyRole(role: SandboxedRole, sandbox: Sandbox): Specification {
  const { identity, capabilities, bounding, namespaces, keeper, view, landlock, seccomp, limits } = sandbox[role];
  const words = [process.execPath, ...ROLES[role].nodeOptions, FILES[role]].map(fromText);
  const { cgroup } = sandbox;
  return {
    ...(role === 'executor' && cgroup !== undefined ? { cgroups: cgroup.joins } : {}),
    descriptors: [0, 1, 2, 3, 4],
    session: true,
    limits,
    ...(namespaces === undefined ? {} : { namespaces }),
    ...(keeper === undefined ? {} : { keeper }),
    ...(view === undefined ? {} : { view }),
    directory: fromText('/'),
    ...(bounding === undefined ? {} : { bounding }),
    ...(identity === undefined ? {} : { identity }),
    capabilities,
    parent: process.pid,
    noNewPrivileges: true,
    ...(landlock === undefined ? {} : { landlock }),
    ...(seccomp === undefined ? {} : { seccomp: compileFilter(seccomp) }),
    program: fromText(process.execPath),
    arguments: words,
    environment: ROLE_VARIABLES.flatMap((name) => (process.env[name] === undefined ? [] : [fromText(`${name}=${process.env[name]}`)])),
  };
}

async function endOf(role: SandboxedRole, child: ChildProcess, specification: Buffer): Promise<RoleEnd> {
  const launcher = (child.stdio as readonly unknown[])[LAUNCHER_DESCRIPTOR] as Duplex; // @types/node knows five
  const report: Buffer[] = [];
  launcher.on('error', () => undefined); // the launcher may fail before it has read everything; its report says why
  launcher.on('data', (chunk: Buffer) => report.push(chunk));
  launcher.end(specification);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once('close', (...end: [number | null, NodeJS.Signals | null]) => resolve(end));
  });
  const failure = decodeFailure(Buffer.concat(report));
  if (failure === undefined) return { code, signal };
  return { code, signal, error: new ClsyncError('SANDBOX', role, `${failure.step}: ${failure.words}`) };
}
