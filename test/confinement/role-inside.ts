/**
 * Runs in place of a role, inside its sandbox, or of the master: seals or confines itself as that
 * does, then tries the probes, as injected code would. `role-inside ROLE EXECUTES ADDON FIRST
 * ARENA…` begins with the probe number FIRST. For the master, EXECUTES are its ids, UID:GID.
 */
import '../../src/master/without-ring.js';
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { masterRules } from '../../src/master/sandbox/landlock.js';
import { confineMaster } from '../../src/master/sandbox/master.js';
import { MONITORS } from '../../src/shared/monitors.js';
import { native } from '../../src/shared/native.js';
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
if (role === 'master') confineAs(executes);
else
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

function confineAs(ids = ''): void {
  const [uid = 0, gid = 0] = ids.split(':').map(Number);
  process.setgroups?.([]);
  const masterFiles = masterRules(native.landlockVersion());
  confineMaster({ master: { uid, gid, groups: [] }, masterFiles }, () => undefined);
}
