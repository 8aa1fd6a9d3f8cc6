/**
 * One trial: a program mirrors a tree that two writers change at random; when they have stopped,
 * both trees must become equal.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BeyondNode } from '../harness/beyond-node.js';
import { describeDifferences } from '../harness/compare.js';
import { Mirror } from '../harness/mirror.js';
import { killAll } from '../harness/processes.js';
import type { Program } from '../harness/programs.js';
import { atEnd, subdirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { PATIENCE, until } from '../harness/until.js';
import type { User } from '../harness/user.js';
import { overflow } from './overflow.js';
import { Random } from './random.js';

/**
 * plain: nothing else happens. kill: the watcher or the executor is killed at random moments.
 * overflow: the watcher is stopped at random moments, each time until the kernel's queue overflows.
 */
export const VARIANTS = ['plain', 'kill', 'overflow'] as const;
export type Variant = (typeof VARIANTS)[number];

/**
 * The modes that are tried, and whether one keeps attributes, ACLs, holes and devices equal, too.
 */
export const TRIAL_MODES = {
  rsyncdirect: { whole: false },
  mirror: { whole: true },
} as const satisfies Readonly<Record<string, { whole: boolean }>>;
export type TrialMode = keyof typeof TRIAL_MODES;

export interface Trial {
  readonly seed: number;
  /** Seconds during which the writers work. */
  readonly seconds: number;
  readonly variant: Variant;
  readonly program?: Program;
  /** Of clsync. */
  readonly mode?: TrialMode;
  readonly user?: User;
  /** More options of clsync. */
  readonly options?: readonly string[];
  /** Milliseconds after the writers' end by which the trees must be equal. */
  readonly patience?: number;
}

export interface Outcome {
  /** Empty when the trees became equal. */
  readonly failure: string;
  readonly differences: number;
  readonly operations: number;
  readonly kills: number;
  /** Milliseconds from the writers' end until the trees were equal. */
  readonly settled: number;
  /** The daemon's standard error. */
  readonly log: string;
}

const WRITERS = 2;
const WRITER = fileURLToPath(new URL('writer.js', import.meta.url));

export async function runTrial(scope: Scope, trial: Trial): Promise<Outcome> {
  const { whole } = TRIAL_MODES[trial.mode ?? 'rsyncdirect'];
  const beyond = whole ? BeyondNode.compile(scope) : undefined;
  const mirror = await start(scope, trial, beyond);
  const outside = subdirectory(mirror.base, 'outside', trial.user);
  const writers = Array.from({ length: WRITERS }, (_, stream) =>
    write(scope, mirror.source, outside, trial, stream, beyond),
  );
  const writing = Promise.all(writers);
  let kills = 0;
  if (trial.variant === 'kill') kills = await killRoles(mirror, trial, writing);
  if (trial.variant === 'overflow' && trial.program === undefined)
    await stallWatcher(mirror, trial, writing);
  const operations = (await writing).reduce((sum, count) => sum + count, 0);

  const stopped = Date.now();
  let failure = '';
  try {
    await mirror.equal({ timeout: trial.patience ?? PATIENCE, every: 250 });
    const settled = Date.now() - stopped;
    if (trial.variant !== 'plain') await remainsEqual(mirror);
    // It ends after the syncs in progress, and must not change the trees any more.
    const isLsyncd = trial.program?.startsWith('lsyncd') === true;
    const exit = await mirror.daemon.stop(isLsyncd ? 'SIGTERM' : 'SIGQUIT');
    const later = mirror.differences();
    if (later.length > 0)
      failure = `equal at first, but not after the end: ${describeDifferences(later)}`;
    else if (exit.code !== 0 && !isLsyncd) failure = `ended with ${JSON.stringify(exit)}`;
    return {
      failure,
      differences: later.length,
      operations,
      kills,
      settled,
      log: mirror.daemon.stderr,
    };
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
    return {
      failure,
      differences: mirror.differences().length,
      operations,
      kills,
      settled: Date.now() - stopped,
      log: mirror.daemon.stderr,
    };
  }
}

/**
 * What an overflow or a kill has left waiting is synced again, and may undo a name for a moment. A
 * daemon that is told to end does not wait for it.
 */
async function remainsEqual(mirror: Mirror): Promise<void> {
  let looks = 0;
  await mirror.daemon.until(
    'remains equal',
    () => (looks = mirror.differences().length === 0 ? looks + 1 : 0) > 2,
    { every: 100 },
  );
}

/** The command that repeats a trial. */
export function commandFor({ seed, seconds, variant, mode, user, options = [] }: Trial): string {
  const words = [
    ...['--seed', String(seed), '--seconds', String(seconds), '--variant', variant],
    ...(mode === undefined ? [] : ['--mode', mode]),
    ...(user === undefined ? [] : ['--as-user']),
    ...(options.length > 0 ? ['--', ...options] : []),
  ];
  return `node dist/test/convergence/run.js ${words.join(' ')}`;
}

async function start(scope: Scope, trial: Trial, beyond?: string): Promise<Mirror> {
  const mirror = new Mirror(scope, {
    ...(trial.program && { program: trial.program }),
    ...(trial.user && { user: trial.user }),
    // A random tree may become empty.
    options: [
      ...(trial.mode === undefined ? [] : [`-M${trial.mode}`]),
      ...(trial.program === undefined ? ['--max-delete=100%'] : []),
      ...(trial.options ?? []),
    ],
    prepare: (source) => writeFileSync(source + '/first', 'x'),
    compare: { attributes: beyond === undefined ? undefined : new BeyondNode(beyond) },
  });
  await mirror.daemon.until('the initial sync', () => existsSync(mirror.destination + '/first'));
  return mirror;
}

async function write(
  scope: Scope,
  root: string,
  outside: string,
  trial: Trial,
  stream: number,
  beyond?: string,
): Promise<number> {
  const child = spawn(
    process.execPath,
    [
      ...[WRITER, root, outside, String(trial.seed), String(stream), String(trial.seconds)],
      ...(beyond === undefined ? [] : [beyond]),
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      ...(trial.user && { uid: trial.user.uid, gid: trial.user.gid }),
    },
  );
  atEnd(scope, () => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`a writer failed (exit ${code})`);
  return Number(output);
}

/**
 * Stops the watcher at random moments until the writers are done, each time until there were more
 * events than the kernel's queue holds.
 */
async function stallWatcher(
  mirror: Mirror,
  trial: Trial,
  writing: Promise<unknown>,
): Promise<void> {
  const random = new Random(trial.seed, WRITERS);
  const writingEnds = endOf(writing);
  while (!writingEnds.reached) {
    await sleep(200 + random.below(800));
    const watcher = mirror.daemon.find(/\/watcher\/main\.js/);
    if (watcher === undefined) continue;
    await overflow(watcher.pid, mirror.source, 100 + random.below(300));
  }
}

/**
 * Kills the watcher or the executor at random moments until the writers are done; returns the
 * number of kills.
 */
async function killRoles(mirror: Mirror, trial: Trial, writing: Promise<unknown>): Promise<number> {
  const random = new Random(trial.seed, WRITERS);
  const writingEnds = endOf(writing);
  let kills = 0;
  while (!writingEnds.reached) {
    await sleep(300 + random.below(1500));
    const role = random.pick(['watcher', 'executor']);
    const victim = mirror.daemon.find(new RegExp(`/${role}/main\\.js`));
    if (victim === undefined) continue;
    killAll([victim]);
    kills++;
    await until(
      'the end of a killed role',
      () => mirror.daemon.find(/main\.js/)?.pid !== victim.pid,
      { every: 10 },
    );
  }
  return kills;
}

/** An object that tells at any time whether a promise has settled. */
function endOf(work: Promise<unknown>): { readonly reached: boolean } {
  const end = { reached: false };
  const reach = (): void => void (end.reached = true);
  work.then(reach, reach);
  return end;
}
