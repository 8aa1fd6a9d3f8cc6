/**
 * What daemons that have nothing to do cost: memory (PSS), processor time and voluntary switches of
 * all processes of each role. As root, where nothing else makes names on the way to the trees:
 * unshare -m sh -c 'mount -t tmpfs rest /mnt && TMPDIR=/mnt exec node dist/bench/rest.js
 * [INSTANCES [DIRECTORIES [SECONDS [OPTION...]]]]'
 */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cleanup } from '../test/harness/cleanup.js';
import { Daemon } from '../test/harness/daemon.js';
import { readOf, readProcess, tasksOf } from '../test/harness/processes.js';
import { commandOf } from '../test/harness/programs.js';
import { subdirectory, temporaryDirectory } from '../test/harness/temporary.js';

const [INSTANCES = 1, DIRECTORIES = 1000, SECONDS = 60] = process.argv.slice(2, 5).map(Number);
const OPTIONS = process.argv.slice(5);
/** Directories in each of those at the top. */
const WIDTH = 100;
/** Milliseconds that a start may take, and until V8 has collected what the start has left. */
const [PATIENCE, REST] = [120_000, 90_000];
const KIB_IN_MIB = 1024;
const NANOSECONDS_IN_MILLISECOND = 1e6;

interface Usage {
  /** KiB: with its share of what others map as well, and of that its own. */
  readonly memory: number;
  readonly own: number;
  /** Milliseconds, of all its threads. */
  readonly time: number;
  readonly switches: number;
}

function numberAfter(text: string, key: string): number {
  return Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
}

function usageOf(pid: number): Usage {
  let [time, switches] = [0, 0];
  for (const task of tasksOf(pid)) {
    time += Number(readOf(pid, `task/${task}/schedstat`).split(' ', 1)[0]);
    switches += numberAfter(readOf(pid, `task/${task}/status`), 'voluntary_ctxt_switches');
  }
  const memory = readOf(pid, 'smaps_rollup');
  return {
    memory: numberAfter(memory, 'Pss'),
    own: numberAfter(memory, 'Pss_Anon'),
    time: time / NANOSECONDS_IN_MILLISECOND,
    switches,
  };
}

/** Master, watcher or executor; all that is small is one. */
function roleOf(pid: number): string {
  const command = readProcess(pid)?.command ?? '';
  return /\/node\S* .*roles\/(\w+)\/main\.js/.exec(command)?.[1] ?? 'launchers, monitor';
}

function makeTree(root: string): void {
  for (let made = 0; made < DIRECTORIES; made++) {
    const top = join(root, `t${Math.floor(made / WIDTH)}`);
    mkdirSync(made % WIDTH === 0 ? top : join(top, `d${made % WIDTH}`));
  }
}

async function start(scope: Cleanup, base: string, number: number): Promise<Daemon> {
  const [tree, copy] = [subdirectory(base, `s${number}`), subdirectory(base, `d${number}`)];
  makeTree(tree);
  const command = [...commandOf('clsync'), '-Mmirror', '-W', tree, '-D', copy, ...OPTIONS];
  const daemon = new Daemon(scope, command);
  await daemon.logged(/initial sync done/, { timeout: PATIENCE });
  return daemon;
}

const cleanup = new Cleanup();
try {
  const base = temporaryDirectory(cleanup);
  chmodSync(base, 0o755);
  const daemons: Daemon[] = [];
  for (let number = 0; number < INSTANCES; number++)
    daemons.push(await start(cleanup, base, number));
  await sleep(REST);
  const pids = daemons.flatMap((daemon) => [
    daemon.pid,
    ...daemon.processes().map(({ pid }) => pid),
  ]);
  const before = new Map(pids.map((pid) => [pid, usageOf(pid)]));
  await sleep(SECONDS * 1000);
  const sums = new Map<string, Usage>();
  for (const [pid, { time, switches }] of before) {
    const now = usageOf(pid);
    const change = { ...now, time: now.time - time, switches: now.switches - switches };
    for (const role of [roleOf(pid), 'all']) {
      const { memory = 0, own = 0, ...sum } = sums.get(role) ?? { time: 0, switches: 0 };
      sums.set(role, {
        memory: memory + change.memory,
        own: own + change.own,
        time: sum.time + change.time,
        switches: sum.switches + change.switches,
      });
    }
  }
  const each = (size: number): string => (size / KIB_IN_MIB / INSTANCES).toFixed(1);
  console.log(`${INSTANCES} instances, ${DIRECTORIES} directories each, ${SECONDS} s`);
  for (const [role, { memory, own, time, switches }] of sums)
    console.log(
      `${role}: ${each(memory)} MiB an instance, ${each(own)} of it its own; ` +
        `${time.toFixed(1)} ms and ${switches} switches in all`,
    );
} finally {
  await cleanup.run();
}
