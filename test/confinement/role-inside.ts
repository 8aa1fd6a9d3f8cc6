/**
 * Runs in place of a role, inside its sandbox: seals itself as the role does, then tries the
 * probes, as injected code would. `role-inside ROLE EXECUTES ADDON FIRST ARENA…` begins with the
 * probe number FIRST.
 */
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { MONITORS } from '../../src/shared/monitors.js';
import { seal } from '../../src/shared/seal.js';
import { executorSeal } from '../../src/shared/seccomp/executor.js';
import { watcherSeal } from '../../src/shared/seccomp/watcher.js';

interface Probes {
  names(): readonly string[];
  describe(words: readonly string[]): void;
  attempt(index: number): string;
}

const [role, executes, addon = '', first = '0', ...words] = process.argv.slice(2);
const probes = createRequire(import.meta.url)(addon) as Probes;
const names = probes.names();
probes.describe(words);
seal(
  role === 'watcher'
    ? watcherSeal(MONITORS.inotify.calls)
    : executorSeal(executes !== 'executes-nothing'),
);

for (let index = Number(first); index < names.length; index++) {
  // A line is completed after its probe. A probe that ends the process leaves this text.
  writeSync(1, `${names[index]} killed\n`);
  writeSync(1, `${names[index]} ${probes.attempt(index)}\n`);
}
process.exit();
