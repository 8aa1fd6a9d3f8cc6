/**
 * Started by races.test.ts as the owner of a directory: races-attacker.js DIRECTORY NAME OUTSIDE
 * [also]. Until it is killed, NAME in DIRECTORY is in turn the original and a symbolic link to
 * OUTSIDE. With `also`, links to OUTSIDE/secret replace every file in DIRECTORY again and again.
 */
import { lstatSync, readdirSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';

const [directory = '', name = '', outside = '', also] = process.argv.slice(2);
const [target, aside] = [`${directory}/${name}`, `${directory}/${name}.aside`];

function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // the daemon has replaced it meanwhile
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
