/**
 * Two directories kept equal by two daemons, one for each direction, as in the README of the C
 * program.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ControlClient } from '../../src/client/control.js';
import { compareTrees, describeDifferences } from '../harness/compare.js';
import { Daemon } from '../harness/daemon.js';
import { commandOf } from '../harness/programs.js';
import { makeManyFiles } from '../harness/samples.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { DEADLINE, PATIENCE, until } from '../harness/until.js';

/** Milliseconds without a sync, or one under way, that count as rest. */
const QUIET = 5_000;
const RSYNC = /^(\/\S*\/)?rsync /;

/** In a new tree; and changes on both sides after that, with milliseconds between them. */
const [FILES, LINES, SPACE] = [500, 60, 10] as const;

const CHANGES: readonly ((here: string, there: string) => void)[] = [
  (here) => fs.writeFileSync(join(here, 'new'), 'new'),
  (_, there) => fs.writeFileSync(join(there, 'new there'), 'new there'),
  (here) => fs.appendFileSync(join(here, 'changed'), 'more'),
  (_, there) => fs.utimesSync(join(there, 'touched'), 1e9, 1e9),
  (here) => fs.renameSync(join(here, 'old name'), join(here, 'new name')),
  (_, there) => fs.renameSync(join(there, 'old directory'), join(there, 'new directory')),
  (here) => fs.linkSync(join(here, 'linked'), join(here, 'new directory/other name')),
  (_, there) => fs.appendFileSync(join(there, 'linked'), 'more'),
  (here) => fs.rmSync(join(here, 'deleted')),
  (_, there) => fs.rmSync(join(there, 'deleted directory'), { recursive: true }),
];

for (const [delay, options] of [
  [0, []],
  [1, ['--modification-signature', '*']],
] as const) {
  test(
    `two directions come to rest, with a delay of ${delay} s`,
    { timeout: DEADLINE },
    async (scope) => {
      const base = temporaryDirectory(scope);
      const [here, there] = [subdirectory(base, 'here'), subdirectory(base, 'there')];
      for (const directory of ['old directory', 'deleted directory']) {
        fs.mkdirSync(join(here, directory));
        fs.writeFileSync(join(here, directory, 'file'), directory);
      }
      for (const name of ['changed', 'touched', 'old name', 'linked', 'deleted'])
        fs.writeFileSync(join(here, name), name);
      const start = async (from: string, to: string): Promise<Daemon> => {
        const words = [
          '-H',
          '/NULL/',
          '-Mrsyncdirect',
          `--socket=${base}/${from === here ? 'here' : 'there'}.sock`,
          `-t${delay}`,
          `-T${delay}`,
          `-w${delay}`,
          '-W',
          from,
          '-D',
          to,
          ...['--state-dir', join(base, `state ${from === here ? 'here' : 'there'}`)],
          ...options,
        ];
        const daemon = new Daemon(scope, [...commandOf('clsync'), ...words]);
        await daemon.logged(/initial sync done/);
        return daemon;
      };
      let daemons = [await start(here, there), await start(there, here)] as const;
      const rest = async (milliseconds: number): Promise<void> => {
        const clients = await Promise.all(
          ['here', 'there'].map((name) => ControlClient.connect(`${base}/${name}.sock`)),
        );
        const syncs = async (): Promise<number> => {
          const told = await Promise.all(clients.map((client) => client.status()));
          return told.reduce((sum, { destinations: [one] }) => sum + (one?.syncs ?? 0), 0);
        };
        let [count, since] = [await syncs(), Date.now()];
        const isAtRest = async (): Promise<boolean> => {
          const now = await syncs();
          if (now !== count || daemons.some((daemon) => daemon.find(RSYNC) !== undefined))
            [count, since] = [now, Date.now()];
          if (Date.now() - since <= milliseconds) return false;
          // On a busy machine what is to come may be late: nothing may be pending either.
          for (const client of [...clients, ...clients]) await client.flush(PATIENCE);
          return (await syncs()) === count;
        };
        // Daemons that copy each other's copies back never settle.
        await daemons[0].until('rest', isAtRest, {
          detail: () => daemons[1].output,
        });
        for (const client of clients) client.close();
      };
      for (const change of CHANGES) {
        // One change at a time: with changes on both sides at once, only one would survive.
        await rest(QUIET / 10 + delay * 1_000);
        change(here, there);
        await alike(here, there);
      }
      await rest(QUIET);
      await alike(here, there);
      assert.deepEqual(fs.readdirSync(here).sort(), [
        'changed',
        'linked',
        'new',
        'new directory',
        'new name',
        'new there',
        'touched',
      ]);
      for (const daemon of daemons) await daemon.stop('SIGQUIT');
      fs.appendFileSync(join(here, 'changed'), 'while nothing ran');
      fs.writeFileSync(join(there, 'new there'), 'while nothing ran');
      fs.rmSync(join(there, 'touched'));
      daemons = [await start(here, there), await start(there, here)] as const;
      await alike(here, there);
      assert.equal(fs.readFileSync(join(there, 'changed'), 'utf8'), 'changedmorewhile nothing ran');
      assert.equal(fs.readFileSync(join(here, 'new there'), 'utf8'), 'while nothing ran');
      await rest(QUIET / 5);
      await alike(here, there);
      assert.ok(!fs.existsSync(join(here, 'touched')));
    },
  );
}

test(
  'with --two-way nothing is lost that is made while the other daemon syncs back what it got',
  { timeout: DEADLINE },
  async (scope) => {
    const base = temporaryDirectory(scope);
    const sides = ['here', 'there'].map((name) => subdirectory(base, name)) as [string, string];
    const [here, there] = sides;
    for (const [from, to] of [sides, [there, here]] as const) {
      const words = ['-H', '/NULL/', '-Mrsyncdirect', '-t0', '-T0', '-w0', '--two-way'];
      const daemon = new Daemon(scope, [...commandOf('clsync'), ...words, '-W', from, '-D', to]);
      await daemon.logged(/initial sync done/);
    }
    makeManyFiles(subdirectory(here, 'tree'), FILES, 20);
    for (let line = 0; line < LINES; line++) {
      fs.appendFileSync(join(here, 'log'), 'line\n');
      fs.writeFileSync(join(here, `here ${line}`), 'here');
      fs.writeFileSync(join(there, `there ${line}`), 'there');
      await delay(SPACE);
    }
    await alike(here, there);
    const names = fs.readdirSync(here, { recursive: true });
    const files = names.filter((name) => fs.lstatSync(join(here, String(name))).isFile());
    assert.equal(files.length, FILES + 1 + 2 * LINES);
    assert.equal(fs.readFileSync(join(here, 'log'), 'utf8'), 'line\n'.repeat(LINES));
  },
);

async function alike(here: string, there: string): Promise<void> {
  const differences = (): ReturnType<typeof compareTrees> => compareTrees(here, there);
  await until('both sides alike', () => differences().length === 0, {
    every: 100,
    detail: () => describeDifferences(differences()),
  });
}
