/**
 * The daemon with some mechanisms of confinement left out, to measure what they cost: node
 * dist/bench/unconfined.js MECHANISM,... OPTION... The seal of the watcher, which it puts on
 * itself, stays.
 */
import { checkPattern } from '../src/master/native.js';
import { Daemon } from '../src/master/daemon.js';
import { ownCapabilities } from '../src/master/sandbox/capabilities.js';
import type { RolePlan, SandboxPlan } from '../src/master/sandbox/decision.js';
import { removeCgroup } from '../src/master/sandbox/cgroup.js';
import { planSandbox } from '../src/master/sandbox/plan.js';
import type { Assignment } from '../src/master/settings/assignment.js';
import { parseCommandLine, readCommandLine } from '../src/master/settings/command-line.js';
import { Configuration } from '../src/master/settings/configuration.js';
import { readEnvironment } from '../src/master/settings/environment.js';
import { fromText } from '../src/shared/bytes.js';
import { load } from '../src/master/settings/load.js';
import { startDirectory } from '../src/master/paths.js';
import { listen } from '../src/master/signals.js';
import { logSettings } from '../src/master/surface/log-settings.js';
import { Log } from '../src/master/surface/log.js';
import { MECHANISMS } from '../test/confinement/arena-sandbox.js';
import type { Mechanism } from '../test/confinement/arena-sandbox.js';

type Change<T> = (whole: T) => T;

const LEFT_OUT: Readonly<Record<Mechanism, Change<RolePlan>>> = {
  ids({ bounding, ...plan }) {
    const { permitted } = ownCapabilities();
    return {
      ...plan,
      identity: undefined,
      bounding: undefined,
      capabilities: { permitted, effective: permitted, inheritable: 0n, ambient: 0n },
    };
  },
  view: ({ namespaces, view, ...plan }) => ({ ...plan, keeper: 'adoption' }),
  landlock: ({ landlock, ...plan }) => plan,
  seccomp: ({ seccomp, ...plan }) => plan,
  memory: (plan) => ({ ...plan, noWrittenCode: false }),
  limits: (plan) => ({ ...plan, limits: [] }),
};

function without(mechanisms: readonly Mechanism[], sandbox: SandboxPlan): SandboxPlan {
  const change: Change<RolePlan> = (plan) =>
    mechanisms.reduce((rest, mechanism) => LEFT_OUT[mechanism](rest), plan);
  const lacks = (mechanism: Mechanism): boolean => mechanisms.includes(mechanism);
  const { filter, scoped } = sandbox.handlers;
  const { cgroup, ...rest } = sandbox;
  if (lacks('limits') && cgroup !== undefined) removeCgroup(cgroup);
  return {
    ...rest,
    ...(lacks('limits') || cgroup === undefined ? {} : { cgroup }),
    watcher: change(sandbox.watcher),
    executor: change(sandbox.executor),
    handlers: {
      ...sandbox.handlers,
      filter: filter && !lacks('seccomp'),
      scoped: lacks('landlock') ? 0 : scoped,
    },
  };
}

async function run([list = fromText(''), ...words]: ReturnType<
  typeof readCommandLine
>): Promise<number> {
  const mechanisms = list
    .split(',')
    .filter((word): word is Mechanism => MECHANISMS.includes(word as Mechanism));
  const around = { directory: startDirectory(), environment: readEnvironment(), checkPattern };
  const commandLine: Assignment[] = [];
  const operands = parseCommandLine(words, (assignment) => commandLine.push(assignment));
  const log = new Log();
  const configuration = Configuration.read(commandLine, operands, undefined, () => undefined);
  log.configure(logSettings(configuration.resolve().values));
  const daemon = new Daemon(configuration, load(configuration, around), around, log, (settings) =>
    without(mechanisms, planSandbox(settings)),
  );
  listen(daemon.orders, new Map());
  return (await daemon.run(() => undefined)).exit;
}

process.exit(await run(readCommandLine()));
