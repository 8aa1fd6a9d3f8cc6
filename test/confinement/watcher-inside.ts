/** Run in the watcher's place, inside its sandbox: seals itself as the watcher does, then tries what code injected there would. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, openSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { once } from 'node:events';
import { seal } from '../../src/shared/seal.js';
import { WATCHER_SEAL } from '../../src/shared/seccomp/tables.js';

const [watched = '', secret = '', port = '0', victim = '0'] = process.argv.slice(2);
seal(WATCHER_SEAL);

const attempts: Readonly<Record<string, () => unknown>> = {
  list: () => readdirSync(watched),
  readSecret: () => readFileSync(secret),
  readPasswd: () => readFileSync('/etc/passwd'),
  createFile: () => writeFileSync(watched + '/new', ''),
  changeFile: () => openSync(watched + '/file', 'r+'),
  makeDirectory: () => mkdirSync(watched + '/directory'),
  makeLink: () => symlinkSync('x', watched + '/link'),
  writeTemporary: () => writeFileSync('/tmp/clsync-watcher-probe', ''),
  startProgram: () => {
    const { error } = spawnSync('/usr/bin/true');
    if (error !== undefined) throw error;
  },
  signalVictim: () => process.kill(Number(victim), 0),
  connectTcp: () => once(connect(Number(port), '127.0.0.1'), 'connect'),
  listenUnix: () => once(createServer().listen(watched + '/socket'), 'listening'),
  becomeRoot: () => process.setuid?.(0),
};

const verdicts: Record<string, string> = {};
for (const [name, attempt] of Object.entries(attempts)) {
  try {
    await attempt();
    verdicts[name] = 'open';
  } catch (error) {
    verdicts[name] = (error as NodeJS.ErrnoException).code ?? String(error);
  }
}
console.log(JSON.stringify(verdicts));
process.exit();
