/** A user of the tree makes many names: another user's changes are synced all the same. */
import * as fs from 'node:fs';
import { test } from 'node:test';
import { startLimited } from '../harness/limited.js';
import { needsUserNamespaces } from '../harness/offers.js';
import { as, needsRoot, ORDINARY_USER } from '../harness/user.js';
import { arrives, startMirror } from '../harness/running-mirror.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { DEADLINE } from '../harness/until.js';

/** If each event took the time of looking at all of them, it were minutes. */
const MANY_LINKS = 3500;

test(
  'thousands of names of one file, all of them touched, hold up no one',
  { timeout: DEADLINE, skip: needsRoot },
  async (scope) => {
    const running = await startMirror(scope, []);
    const theirs = subdirectory(`${running.base}/source`, 'theirs', ORDINARY_USER);
    const names = Array.from({ length: MANY_LINKS }, (_, index) => `${theirs}/link${index}`);
    as(ORDINARY_USER, () => fs.writeFileSync(`${theirs}/file`, ''));
    await arrives(running, 'theirs/file');
    as(ORDINARY_USER, () => {
      for (const name of names) fs.linkSync(`${theirs}/file`, name);
    });
    fs.writeFileSync(`${running.base}/source/made`, '');
    await arrives(running, 'made');
    as(ORDINARY_USER, () => {
      for (const name of names) fs.utimesSync(name, 1, 1);
    });
    fs.writeFileSync(`${running.base}/source/touched`, '');
    await arrives(running, 'touched');
  },
);

const WATCHES = 20;

test(
  'more directories than there are watches do not end the daemon, at its start either',
  { timeout: DEADLINE, skip: needsRoot || needsUserNamespaces() },
  async (scope) => {
    const base = temporaryDirectory(scope);
    const [source, destination] = ['source', 'destination'].map((name) =>
      subdirectory(base, name, ORDINARY_USER),
    ) as [string, string];
    const make = (prefix: string): void =>
      as(ORDINARY_USER, () => {
        for (let number = 0; number < WATCHES; number++)
          fs.mkdirSync(`${source}/theirs/${prefix}${number}`, { recursive: true });
      });
    make('early');
    const daemon = startLimited(scope, WATCHES, base, { source, destination }, '--poll-interval=1');
    await daemon.until('the initial sync', () => fs.existsSync(`${destination}/theirs/early0`));
    make('late');
    const names = ['file', ...Array.from({ length: WATCHES }, (_, n) => `theirs/late${n}/file`)];
    as(ORDINARY_USER, () => {
      for (const name of names) fs.writeFileSync(`${source}/${name}`, '');
    });
    for (const name of names)
      await daemon.until(`${name} to arrive`, () => fs.existsSync(`${destination}/${name}`));
  },
);
