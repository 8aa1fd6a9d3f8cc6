/** What the hostile program is let loose on: a secret, a victim, listeners; and the sandbox it is put in, with mechanisms left out. */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { fromText } from '../../src/shared/bytes.js';
import { FILES } from '../../src/shared/layout.js';
import type { Specification } from '../../src/shared/specification.js';
import { makeCgroup } from '../../src/master/sandbox/cgroup.js';
import type { Cgroup } from '../../src/master/sandbox/cgroup.js';
import { specifyRole } from '../../src/master/sandbox/launch.js';
import { decideSandbox } from '../../src/master/sandbox/plan.js';
import type { Sandbox } from '../../src/master/sandbox/plan.js';
import type { SandboxSettings } from '../../src/master/sandbox/settings.js';
import { launch } from '../unit/launcher-harness.js';

/** What can be left out one by one; ids, capabilities and no_new_privs (`ids`) always hold. */
export const MECHANISMS = ['view', 'landlock', 'seccomp', 'cgroup'] as const;
export type Mechanism = (typeof MECHANISMS)[number];

export class Arena {
  readonly directory = mkdtempSync('/var/tmp/clsync-arena-');
  private readonly listeners: Server[] = [];
  private readonly sandbox: Sandbox;
  private readonly cgroup: Cgroup | undefined;
  private readonly probe = this.directory + '/watched/probe';
  private victim: ChildProcess | undefined;

  constructor(changes: Partial<SandboxSettings> = {}) {
    for (const name of ['outside', 'watched', 'copy']) mkdirSync(this.directory + '/' + name);
    chmodSync(this.directory, 0o755);
    writeFileSync(this.directory + '/outside/secret', 'secret');
    execFileSync('cc', ['-O1', '-o', this.probe, FILES.root + 'test/confinement/probe.c']);
    execFileSync('cp', [this.probe, this.probe + '-setuid']);
    chmodSync(this.probe + '-setuid', 0o4755);
    const settings = settingsFor(this.directory, changes);
    this.cgroup = makeCgroup(settings, true);
    this.sandbox = { ...decideSandbox(settings), cgroup: this.cgroup };
  }

  /** Verdict by probe, with only these mechanisms (and the ids). */
  async run(mechanisms: readonly Mechanism[]): Promise<Map<string, string>> {
    const specification = this.specification(mechanisms, [this.probe, ...(await this.expose())]);
    const launched = launch(specification, { environment: { PROBE_SECRET: 'x' } });
    const failure = await launched.started;
    if (failure !== undefined) throw new Error(`${failure.step}: ${failure.words}`);
    const { output } = await launched.ended;
    this.end();
    return verdictsOf(output);
  }

  /** Starts the victim and the listeners; the arguments that tell the probe about them. */
  async expose(): Promise<string[]> {
    const identity = this.sandbox.executor.identity;
    this.victim = spawn('/bin/sleep', ['600'], identity === undefined ? {} : { uid: identity.uid, gid: identity.gid });
    const abstract = `clsync-arena-${process.pid}`;
    const port = await this.listen();
    await this.listen('\0' + abstract);
    const words = ['/outside/secret', '/outside', '/copy', '/watched/probe-setuid'].map((name) => this.directory + name);
    return [...words, String(this.victim.pid), String(port), abstract];
  }

  /** Of the handler, and so of the victim; undefined: the starter's. */
  get handlerUid(): number | undefined {
    return this.sandbox.executor.identity?.uid;
  }

  close(): void {
    this.end();
    this.cgroup?.remove();
    rmSync(this.directory, { recursive: true });
  }

  private end(): void {
    this.victim?.kill('SIGKILL');
    this.victim = undefined;
    for (const server of this.listeners.splice(0)) server.close();
  }

  private async listen(path?: string): Promise<number> {
    const server = createServer((socket) => socket.destroy());
    this.listeners.push(server);
    if (path === undefined) server.listen(0, '127.0.0.1');
    else server.listen(path);
    await once(server, 'listening');
    return path === undefined ? (server.address() as AddressInfo).port : 0;
  }

  private specification(mechanisms: readonly Mechanism[], words: readonly string[]): Specification {
    const { namespaces, keeper, leash, view, landlock, seccomp, cgroups, ...rest } = specifyRole('executor', this.sandbox);
    const has = (mechanism: Mechanism): boolean => mechanisms.includes(mechanism);
    return {
      ...rest,
      ...(has('view') && namespaces !== undefined ? { namespaces } : {}),
      ...(has('view') && keeper !== undefined ? { keeper } : {}),
      ...(has('view') && view !== undefined ? { view } : {}),
      ...(has('landlock') && landlock !== undefined ? { landlock } : {}),
      ...(has('seccomp') && seccomp !== undefined ? { seccomp } : {}),
      ...(has('cgroup') && cgroups !== undefined ? { cgroups } : {}),
      descriptors: [0, 1, 2],
      program: fromText(this.probe),
      arguments: words.map(fromText),
      environment: [fromText('PATH=/usr/bin:/bin')],
    };
  }
}

/** By probe, of what the probes printed. */
export function verdictsOf(output: string): Map<string, string> {
  return new Map(output.trim().split('\n').map((line) => line.split(' ') as [string, string]));
}

export function settingsFor(directory: string, changes: Partial<SandboxSettings>): SandboxSettings {
  return {
    watchDirectory: fromText(directory + '/watched'),
    destination: fromText(directory + '/copy'),
    temporaryDirectory: fromText('/tmp'),
    programs: [fromText(directory + '/watched/probe'), fromText(directory + '/watched/probe-setuid')],
    localTransfer: true,
    watchWritable: false,
    remoteDestination: false,
    compat: false,
    view: 'strict',
    allow: [],
    handlerNetwork: false,
    detachIpc: true,
    detachMiscellanea: false,
    limits: { processes: 100 },
    forbidDevices: false,
    pivotRoot: 'off',
    seccomp: true,
    checkExecutables: false,
    permittedHooks: [],
    secureSplitting: false,
    ...changes,
  };
}
