/** The sandbox the hostile program is put in, with mechanisms left out. */
import { fromText } from '../../src/shared/bytes.js';
import { FILES } from '../../src/shared/layout.js';
import { restrictionsOf } from '../../src/executor/run/restrictions.js';
import { handlerSpecification } from '../../src/executor/run/specification.js';
import type { Specification } from '../../src/shared/specification.js';
import { specifyRole } from '../../src/master/sandbox/launch.js';
import { memberOf } from '../../src/master/sandbox/roles.js';
import type { SandboxPlan } from '../../src/master/sandbox/decision.js';
import type { SandboxSettings } from '../../src/master/sandbox/settings.js';

/**
 * The launcher's steps of each mechanism that can be left out, for the executor and for its child
 * processes. The other steps (descriptors, environment, session) always apply.
 */
const STEPS = {
  ids: ['identity', 'capabilities', 'bounding', 'noNewPrivileges'],
  view: ['namespaces', 'keeper', 'view'],
  landlock: ['landlock'],
  seccomp: ['seccomp'],
  memory: ['noWrittenCode'],
  limits: ['cgroups', 'limits'],
} as const satisfies Record<string, readonly (keyof Specification)[]>;
export type Mechanism = keyof typeof STEPS;
export const MECHANISMS = Object.keys(STEPS) as readonly Mechanism[];

/** The descriptor of the second specification. */
const PROGRAM = 3;
/** The executor's stand-in and its parent, by their numbers in the pid namespace. */
const [INIT, STAND_IN] = [1, 2];

/** The specification of the executor's sandbox, with a program in it that starts the launcher. */
export function roleSpecification(
  sandbox: SandboxPlan,
  probe: string,
  mechanisms: readonly Mechanism[],
): Specification {
  const { leash, ...whole } = specifyRole(memberOf('executor'), sandbox); // the test has no leash
  const words = [probe, '--executor', FILES.launcher, String(PROGRAM)].map(fromText);
  return {
    ...only(whole, mechanisms),
    descriptors: [0, 1, 2, PROGRAM],
    program: fromText(probe),
    arguments: words,
  };
}

/** The specification that the executor gives to that launcher. */
export function programSpecification(
  sandbox: SandboxPlan,
  probe: string,
  mechanisms: readonly Mechanism[],
  words: readonly string[],
): Specification {
  const call = {
    program: fromText(probe),
    arguments: words.map(fromText),
    environment: [fromText('PATH=/usr/bin:/bin')],
    directory: fromText('/'),
  };
  const { parent, ...whole } = handlerSpecification(
    call,
    restrictionsOf({ ...sandbox.handlers, spared: [] }, [INIT, STAND_IN]),
  ); // the leash was that of another launcher
  return only(whole, mechanisms);
}

/** The specification without the steps of the other mechanisms. */
function only(whole: Specification, mechanisms: readonly Mechanism[]): Specification {
  const others = MECHANISMS.filter((mechanism) => !mechanisms.includes(mechanism)).flatMap(
    (mechanism): readonly string[] => STEPS[mechanism],
  );
  const left = Object.fromEntries(
    Object.entries(whole).filter(([step]) => !others.includes(step)),
  ) as unknown as Specification;
  return { ...left, noNewPrivileges: mechanisms.includes('ids') };
}

/** The executor of mode `mirror` without hooks. */
export const ALONE = {
  copies: true,
  executes: false,
  programs: [],
  cgroupName: `clsync/${process.pid}-alone`,
} as const;

export function settingsFor(directory: string, changes: Partial<SandboxSettings>): SandboxSettings {
  return {
    watchDirectory: fromText(directory + '/watched'),
    destination: fromText(directory + '/copy'),
    temporaryDirectory: fromText('/tmp'),
    monitor: 'inotify',
    copies: false,
    executes: true,
    programs: ['', '-setuid', '-setgid', '-capable'].map((name) =>
      fromText(`${directory}/watched/probe${name}`),
    ),
    localTransfer: true,
    watchWritable: false,
    remoteDestination: false,
    keepConnection: false,
    mirrored: { setid: true, devices: true },
    followsLinks: true,
    jit: false,
    compat: false,
    view: 'strict',
    allow: [],
    handlerNetwork: false,
    detachIpc: true,
    limits: { processes: 100 },
    autoMemory: { watcher: false, executor: false },
    forbidDevices: false,
    pivotRoot: 'off',
    seccomp: true,
    checkExecutables: false,
    permittedHooks: [],
    allowFuse: false,
    secureSplitting: false,
    ...changes,
  };
}
