/** Paths of the installed package's files, and the descriptors with which a role starts. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** What was compiled here, else what the npm package has for this processor: scripts/prebuild. */
const built = root + 'build/';
const prebuilt = `${root}prebuilt/${process.arch}/`;
const native = existsSync(built + 'native.node') ? built : prebuilt;

export const FILES = {
  root,
  launcher: native + 'clsync-launch',
  /** What stays of root while the daemon runs. */
  monitor: native + 'clsync-monitor',
  addon: native + 'native.node',
  /** Shared objects that an event source loads (monitors.ts). */
  libraries: native,
  /** The package posix where it is no package beside this one, in the order they are tried. */
  posix: [built + 'node_modules/posix', `${prebuilt}posix-${process.versions.modules}`],
  /**
   * Made by scripts/bundle: they run program.js beside them, as the master's
   * dist/roles/master/main.js does.
   */
  watcher: root + 'dist/roles/watcher/main.js',
  executor: root + 'dist/roles/executor/main.js',
  /** Made of src/executor/run/execa.ts, which the executor loads when the first sync has begun. */
  execa: root + 'dist/roles/executor/run/execa.js',
  /** Made of src/master/surface/winston.ts, which the master loads while the roles start. */
  winston: root + 'dist/roles/master/surface/winston.js',
  /** Made of src/web/main.ts, which only `clsync web` loads. */
  web: root + 'dist/roles/web/main.js',
  /** Loads a handler that is a shared object. */
  objectHost: native + 'clsync-plugin-host',
  /** Loads a handler that is an ECMAScript module. */
  moduleHost: root + 'dist/src/plugin-host/main.js',
} as const;

/**
 * What compiles the native parts again where npm has installed this package, also an npm that
 * refuses install scripts; undefined: it is elsewhere.
 */
export const installCommand = root.endsWith('/lib/node_modules/clsync/')
  ? `node ${root}dist/roles/install.js`
  : undefined;

/** The argument of an executor that starts no program: its seal comes before its settings. */
export const ALONE = 'alone';

/**
 * Descriptors with which a role starts, besides 0 (an empty pipe), 1 and 2 (pipes to the master).
 */
interface RoleDescriptors {
  /** Channels, to the master and to each peer. */
  readonly master: number;
  readonly peers: readonly number[];
  /**
   * Closed before the role runs. `leash`: the role is ended when its other end is closed.
   * `launcher`: the launcher reads the specification from it.
   */
  readonly leash: number;
  readonly launcher: number;
  /** The first that the master opens for its event source (monitors.ts). */
  readonly granted: number;
}

/** @param peers number of the role's peers */
export function roleDescriptors(peers: number): RoleDescriptors {
  const [master, first] = [3, 4];
  const leash = first + peers;
  return {
    master,
    peers: Array.from({ length: peers }, (_, index) => first + index),
    leash,
    launcher: leash + 1,
    granted: leash + 2,
  };
}

/** Of a role with a single peer, as every role has today. */
const { master, peers, granted } = roleDescriptors(1);
export const DESCRIPTORS = { master, peer: peers[0] as number, granted } as const;
