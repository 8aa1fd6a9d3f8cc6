/** What the hostile program is let loose on, and in what it is run. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fromText } from '../../src/shared/bytes.js';
import { FILES } from '../../src/shared/layout.js';
import { encodeSpecification } from '../../src/shared/specification-wire.js';
import { makeCgroup, removeCgroup } from '../../src/master/sandbox/cgroup.js';
import type { Cgroup } from '../../src/master/sandbox/cgroup-terms.js';
import { specifyRole } from '../../src/master/sandbox/launch.js';
import { decideSandbox } from '../../src/master/sandbox/plan.js';
import type { SandboxPlan } from '../../src/master/sandbox/decision.js';
import { memberOf } from '../../src/master/sandbox/roles.js';
import type { SandboxedRole } from '../../src/master/sandbox/roles.js';
import type { SandboxSettings } from '../../src/master/sandbox/settings.js';
import { launch } from '../component/native/launcher-harness.js';
import { Bait } from './arena-bait.js';
import { programSpecification, roleSpecification, settingsFor } from './arena-sandbox.js';
import type { Mechanism } from './arena-sandbox.js';

const SOURCES = FILES.root + 'test/confinement/probe/';
/** A directory that every user may enter, outside the host directories of the strict view. */
const PLACE = '/var/tmp/clsync-arena-';

const INSIDE = fileURLToPath(new URL('role-inside.js', import.meta.url));

/**
 * Compiles the hostile program. `without` is the source of the other form (program or addon), which
 * is left out.
 */
function compile(output: string, without: string, options: readonly string[]): void {
  const sources = readdirSync(SOURCES)
    .filter((name) => name.endsWith('.c') && name !== without)
    .map((name) => SOURCES + name);
  const flags = ['-D_GNU_SOURCE', '-Wall', '-Wextra', '-Werror', '-O1', '-fno-toplevel-reorder'];
  execFileSync('cc', [...flags, ...options, '-o', output, ...sources], { stdio: 'inherit' });
}

export function compileProbe(output: string, ...options: readonly string[]): void {
  compile(output, 'addon.c', options);
}

export class Arena {
  readonly directory = mkdtempSync(PLACE);
  private readonly sandbox: SandboxPlan;
  private readonly cgroup: Cgroup;
  private readonly bait: Bait;
  readonly probe = this.directory + '/watched/probe';

  constructor(changes: Partial<SandboxSettings> = {}) {
    const inside = (path: string): string => `${this.directory}/${path}`;
    for (const name of ['outside', 'watched', 'copy', 'outside/spare-directory'])
      mkdirSync(inside(name));
    chmodSync(this.directory, 0o755);
    for (const name of [
      'outside/secret',
      'outside/empty',
      'outside/spare',
      'watched/file',
      'watched/spare',
    ])
      writeFileSync(inside(name), 'secret');
    symlinkSync('secret', inside('outside/link'));
    if (process.getuid?.() === 0)
      execFileSync('mknod', ['-m', '666', inside('watched/device'), 'c', '1', '5']);
    compileProbe(this.probe);
    for (const [name, mode] of [
      ['setuid', 0o4755],
      ['setgid', 0o2755],
      ['capable', 0o755],
    ] as const) {
      copyFileSync(this.probe, `${this.probe}-${name}`);
      chmodSync(`${this.probe}-${name}`, mode);
    }
    if (process.getuid?.() === 0)
      execFileSync('setcap', ['cap_sys_admin+ep', this.probe + '-capable']);
    const settings = settingsFor(this.directory, changes);
    this.cgroup = makeCgroup(settings, { processesCounted: true, frozenToEnd: false });
    this.sandbox = { ...decideSandbox(settings), cgroup: this.cgroup };
    this.sandbox.copies?.lay();
    this.bait = new Bait(this.directory, this.probe, this.sandbox.executor.identity);
  }

  /** The names of all probes and their descriptions. */
  list(): Map<string, string> {
    const lines = execFileSync(this.probe, ['--list'], { encoding: 'utf8' }).trim().split('\n');
    return new Map(
      lines.map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
    );
  }

  /** The verdict of each probe with only these mechanisms. */
  async run(mechanisms: readonly Mechanism[]): Promise<Map<string, string>> {
    const program = openSync(this.directory + '/program', 'w+');
    try {
      writeSync(
        program,
        encodeSpecification(
          programSpecification(this.sandbox, this.probe, mechanisms, [
            this.probe,
            ...(await this.expose()),
          ]),
        ),
        0,
        undefined,
        0,
      );
      const launched = launch(roleSpecification(this.sandbox, this.probe, mechanisms), {
        extra: [program],
        environment: { PROBE_SECRET: 'x' },
      });
      const failure = await launched.started;
      if (failure !== undefined) throw new Error(`${failure.step}: ${failure.words}`);
      const { output, code } = await launched.ended;
      if (code !== 0)
        throw new Error(
          `exit status ${code}: ${readFileSync(this.directory + '/program', 'latin1')}`,
        );
      return verdictsOf(output);
    } finally {
      closeSync(program);
      this.bait.end();
    }
  }

  /** The verdict of each probe without any mechanism, as a program that root starts in a shell. */
  async runFree(): Promise<Map<string, string>> {
    const words = await this.expose();
    try {
      const environment = {
        ...process.env,
        PROBE_SECRET: 'x',
        LD_AUDIT: '/nonexistent',
        NODE_OPTIONS: '--no-warnings',
      };
      const child = spawn(this.probe, words, {
        env: environment,
        stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
      });
      const output: Buffer[] = [];
      child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
      await once(child, 'close');
      return verdictsOf(Buffer.concat(output).toString('latin1'));
    } finally {
      this.bait.end();
    }
  }

  /**
   * The verdict of each probe, tried by code in the process of a role after its seal. Needs root,
   * or the owner of the installation.
   */
  async runInside(role: SandboxedRole): Promise<Map<string, string>> {
    const executes = this.sandbox.settings.executes ? 'executes' : 'executes-nothing';
    return this.inside(role, async (addon, first, words) => {
      const { leash, ...whole } = specifyRole(memberOf(role), this.sandbox); // the test has no leash
      const call = [INSIDE, role, executes, addon, String(first), ...words].map(fromText);
      const launched = launch(
        {
          ...whole,
          descriptors: [0, 1, 2],
          arguments: [
            ...whole.arguments.slice(0, whole.arguments.indexOf(fromText(FILES[role]))),
            ...call,
          ],
        },
        { environment: { PROBE_SECRET: 'x' } },
      );
      const failure = await launched.started;
      if (failure !== undefined) throw new Error(`${failure.step}: ${failure.words}`);
      return launched.ended;
    });
  }

  /** The same in a process that is confined as the master is. Needs root. */
  async runMaster(): Promise<Map<string, string>> {
    const { uid, gid } = this.sandbox.master ?? { uid: 0, gid: 0 };
    return this.inside('master', async (addon, first, words) => {
      const call = [INSIDE, 'master', `${uid}:${gid}`, addon, String(first), ...words];
      const child = spawn(process.execPath, call, {
        cwd: '/',
        env: { PATH: '/usr/bin:/bin' },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const output: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
      const [code] = (await once(child, 'close')) as [number | null];
      return { output: Buffer.concat(output).toString('latin1'), code };
    });
  }

  /** Runs the probes from one on, and again from the next where one has ended the process. */
  private async inside(
    role: string,
    run: (
      addon: string,
      first: number,
      words: readonly string[],
    ) => Promise<{ readonly output: string; readonly code: number | null }>,
  ): Promise<Map<string, string>> {
    const packages = createRequire(import.meta.url);
    // Every role may load files from this directory.
    const addon = `${FILES.root}build/probe-${process.pid}.node`;
    compile(addon, 'main.c', [
      '-shared',
      '-fPIC',
      `-I${dirname(packages.resolve('node-api-headers/package.json'))}/include`,
    ]);
    const verdicts = new Map<string, string>();
    const words = await this.expose();
    try {
      // A probe that ends the process is the last of its run.
      for (let ended = false; !ended;) {
        const { output, code } = await run(addon, verdicts.size, words);
        for (const [name, verdict] of verdictsOf(output)) verdicts.set(name, verdict);
        ended = code === 0;
        const last = [...verdicts.keys()].at(-1);
        if (!ended && (last === undefined || verdicts.get(last) !== 'killed'))
          throw new Error(`${role} ended with ${code} after ${last}`);
      }
      return verdicts;
    } finally {
      rmSync(addon);
      this.bait.end();
    }
  }

  /** Starts the victim and the listeners. Returns the arguments that describe them to the probe. */
  expose(): Promise<string[]> {
    return this.bait.expose();
  }

  /** The uid of the handler, and so of the victim; undefined: the starter's. */
  get handlerUid(): number | undefined {
    return this.sandbox.executor.identity?.uid;
  }

  close(): void {
    this.bait.end();
    removeCgroup(this.cgroup);
    this.sandbox.copies?.close();
    rmSync(this.directory, { recursive: true });
  }
}

/** The verdicts in the output of the probes, by probe. */
export function verdictsOf(output: string): Map<string, string> {
  return new Map(
    output
      .trim()
      .split('\n')
      .map((line) => line.split(' ') as [string, string]),
  );
}
