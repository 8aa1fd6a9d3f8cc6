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
  /** Loads a handler that is a shared object. */
  objectHost: root + 'build/clsync-plugin-host',
  /** Loads a handler that is an ECMAScript module. */
  moduleHost: root + 'dist/src/plugin-host/main.js',
} as const;

/**
 * Descriptors of the watcher and the executor; 0 is /dev/null, 1 and 2 are the daemon's, `granted`
 * is the watcher's where its monitor needs one (monitors.ts), and nothing else is open.
 */
export const DESCRIPTORS = { master: 3, peer: 4, granted: 7 } as const;
