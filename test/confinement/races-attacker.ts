/**
 * Run by races.test.ts as the owner of a directory: NAME in DIRECTORY is by turns what it was and a
 * symbolic link to OUTSIDE, until killed. races-attacker.js DIRECTORY NAME OUTSIDE [also] With
 * `also`, links to OUTSIDE/secret stand in the place of every file in DIRECTORY, again and again.
 */
import { lstatSync, readdirSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';

const [directory = '', name = '', outside = '', also] = process.argv.slice(2);
const [target, aside] = [`${directory}/${name}`, `${directory}/${name}.aside`];

function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // the daemon was quicker
  }
}

function plant(found: string): void {
  const path = `${directory}/${found}`;
  if (found === name || lstatSync(path).isDirectory()) return;
  unlinkSync(path);
  symlinkSync(outside + '/secret', path);
}

for (;;) {
  attempt(() => renameSync(target, aside));
  attempt(() => symlinkSync(outside, target));
  attempt(() => unlinkSync(target));
  attempt(() => renameSync(aside, target));
  if (also === undefined) continue;
  attempt(() => {
    for (const found of readdirSync(directory)) attempt(() => plant(found));
  });
}
