/** Options of mode mirror. */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Case } from './case.js';
import type { Run } from './run.js';

/** The handler of the other cases has no place here. */
const MIRROR = { mode: 'mirror', 'sync-handler': undefined, 'handler-allow': undefined } as const;
const OLD = 'destination/old';

/** The old content of `a`, and which of the directories of earlier versions are left. */
async function versions(run: Run): Promise<string> {
  await run.ended();
  const place = join(run.base, OLD);
  const names = readdirSync(place).sort();
  const found = names.map((name) => join(place, name, 'a')).filter((path) => existsSync(path));
  return found.map((path) => readFileSync(path, 'utf8')).join(' ');
}

function makeVersions(base: string, names: readonly string[]): void {
  for (const name of names) {
    mkdirSync(join(base, OLD, name), { recursive: true });
    writeFileSync(join(base, OLD, name, 'a'), `of ${name.slice(0, 4)}`);
  }
}

export const MIRROR_CASES: Readonly<Record<string, Case>> = {
  'mirror-attributes': {
    value: 'mode,owner',
    beside: MIRROR,
    prepare: (base) => utimesSync(join(base, 'source/a'), 1e9, 1e9),
    effect: async (run) =>
      `${await run.ended()} ` +
      (statSync(join(run.destination, 'a')).mtimeMs === 1e12 ? 'with' : 'without') +
      ' its time',
    expected: '0 without its time',
  },
  'backup-dir': {
    value: `$base/${OLD}`,
    beside: MIRROR,
    prepare: (base) => {
      mkdirSync(join(base, OLD), { recursive: true });
      writeFileSync(join(base, 'destination/a'), 'an old version');
    },
    effect: (run) => versions(run).catch(() => 'none'),
    expected: 'an old version',
  },
  'backup-keep': {
    value: '1',
    beside: { ...MIRROR, 'backup-dir': `$base/${OLD}` },
    prepare: (base) => makeVersions(base, ['2001-02-03_04-05-06.789', 'mine']),
    effect: versions,
    expected: 'of mine',
  },
  'also-to': {
    value: '$base/also',
    beside: MIRROR,
    prepare: (base) => mkdirSync(join(base, 'also')),
    effect: async (run) =>
      `${await run.ended()} ${readdirSync(join(run.base, 'also')).sort().join(' ')}`,
    expected: '0 a b directory',
  },
  'verify-interval': {
    value: '1',
    beside: MIRROR,
    effect: (run) => run.ended(),
    expected: '0',
    isDefault: true,
  },
  fsync: {
    beside: MIRROR,
    effect: async (run) => `${await run.ended()} ${readdirSync(run.destination).sort().join(' ')}`,
    expected: '0 a b directory',
    isDefault: true,
  },
};
