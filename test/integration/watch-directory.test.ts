/** The watch directory itself goes and comes back: the daemon waits, and then mirrors what is there. */
import * as fs from 'node:fs';
import { test } from 'node:test';
import { Mirror } from '../harness/mirror.js';
import { ORDINARY_USER, isRoot } from '../harness/user.js';

const USERS = isRoot ? [undefined, ORDINARY_USER] : [undefined];
const WAYS: Readonly<Record<string, (source: string) => void>> = {
  removed: (source) => fs.rmSync(source, { recursive: true }),
  'moved away': (source) => fs.renameSync(source, source + '.old'),
};

for (const user of USERS) {
  for (const [way, leave] of Object.entries(WAYS)) {
    test(`a watch directory that is ${way} and made again is mirrored again, as ${user?.name ?? 'root'}`, { timeout: 60_000 }, async (scope) => {
      const mirror = new Mirror(scope, { ...(user && { user }), prepare: (source) => fs.writeFileSync(`${source}/first`, 'x') });
      await mirror.equal();
      leave(mirror.source);
      await mirror.daemon.logged(/watch directory .* is gone/);
      fs.mkdirSync(mirror.source);
      if (user) fs.chownSync(mirror.source, user.uid, user.gid);
      fs.mkdirSync(`${mirror.source}/directory`);
      fs.writeFileSync(`${mirror.source}/directory/second`, 'y');
      if (user) for (const name of ['directory', 'directory/second']) fs.chownSync(`${mirror.source}/${name}`, user.uid, user.gid);
      await mirror.equal();
      fs.appendFileSync(`${mirror.source}/directory/second`, 'z');
      await mirror.equal();
    });
  }
}
