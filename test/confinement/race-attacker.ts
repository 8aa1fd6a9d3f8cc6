/**
 * Started by race.test.ts as the owner of the source: replaces a directory by a symbolic link to
 * another one and back, until it is killed.
 */
import { renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';

const [source = '', outside = ''] = process.argv.slice(2);
const [trap, aside] = [source + '/trap', source + '/aside'];
for (let round = 0; ; round++) {
  writeFileSync(trap + '/secret', `harmless ${round}`);
  renameSync(trap, aside);
  symlinkSync(outside, trap);
  unlinkSync(trap);
  renameSync(aside, trap);
}
