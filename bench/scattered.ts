/** Changes in a source, spread over more names than the paths that wait one by one. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [DIRECTORIES, NAMES] = [1000, 100];

export class Scattered {
  /** How many changes there were. */
  number = 0;

  /** Makes the directories. */
  constructor(readonly source: string) {
    for (let name = 0; name < DIRECTORIES; name++) mkdirSync(join(source, `d${name}`));
  }

  /** Writes, removes or makes a name, in turn over all of them in an order that looks random. */
  change(): void {
    const number = ++this.number;
    const name = (number * 7919) % (DIRECTORIES * NAMES);
    const path = join(this.source, `d${name % DIRECTORIES}`, `f${Math.floor(name / DIRECTORIES)}`);
    if (number % 5 === 0) rmSync(path, { force: true });
    else writeFileSync(path, String(number));
  }
}
