/** Where things are: files of the installed package, and the descriptors a role is born with. */
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

export const FILES = {
  root,
  launcher: root + 'build/clsync-launch',
  addon: root + 'build/native.node',
  /** Made by scripts/bundle of src/watcher/main.ts and src/executor/main.ts. */
  watcher: root + 'dist/roles/watcher/main.js',
  executor: root + 'dist/roles/executor/main.js',
  /** Made of src/executor/run/execa.ts, which the executor loads when the first sync has begun. */
  execa: root + 'dist/roles/executor/run/execa.js',
  /** Loads a handler that is a shared object. */
  objectHost: root + 'build/clsync-plugin-host',
  /** Loads a handler that is an ECMAScript module. */
  moduleHost: root + 'dist/src/plugin-host/main.js',
} as const;

/** Descriptors that a role is born with, besides 0 (/dev/null) and the daemon's 1 and 2. */
interface RoleDescriptors {
  /** Channels, to the master and to each peer. */
  readonly master: number;
  readonly peers: readonly number[];
  /** Gone once the role runs: what ends it when it is closed, and what the launcher reads. */
  readonly leash: number;
  readonly launcher: number;
  /** The first that the master opens for it (monitors.ts). */
  readonly granted: number;
}

/** @param peers how many it has */
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
