/** Bad input: one clear line, the exit status of the C program, nothing touched. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { describe, test } from 'node:test';
import { ERRORS } from '../../src/shared/errors.js';
import { Daemon } from '../harness/daemon.js';
import { LACKING } from '../harness/offers.js';
import { commandOf } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { until } from '../harness/until.js';
import { needsRoot } from '../harness/user.js';
import { DIRECTORIES } from './bad-input/directories.js';
import { OPTIONS } from './bad-input/options.js';
import { HANDLERS } from './bad-input/handlers.js';
import { FILES } from './bad-input/files.js';
import { OF_MODE_MIRROR } from './bad-input/mirror.js';

const CASES = [...DIRECTORIES, ...OPTIONS, ...HANDLERS, ...FILES, ...OF_MODE_MIRROR];

/** What to do, at the end of the line. Usage has no row of its own. */
const REMEDY = new RegExp(
  `(${Object.values(ERRORS)
    .flatMap(({ remedy }) => (remedy === undefined ? [] : [asPattern(remedy)]))
    .join('|')}|see clsync --help)\n$`,
);

function asPattern(remedy: string): string {
  return remedy.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/%\d/g, '.+');
}

describe('bad input', { concurrency: 4 }, () => {
  for (const { what, words, exit, message, files = {}, path, user, prepare } of CASES) {
    test(
      `${what} is one clear line and exit status ${exit}`,
      { skip: user === undefined ? false : needsRoot },
      async (scope) => {
        const base = temporaryDirectory(scope);
        for (const name of ['source', 'destination']) subdirectory(base, name);
        fs.writeFileSync(`${base}/source/file`, 'content');
        for (const [name, text] of Object.entries(files)) fs.writeFileSync(`${base}/${name}`, text);
        prepare?.(base);
        const here = (word: string): string => word.replaceAll('~', base);
        const environment = {
          ...process.env,
          HOME: base,
          ...(path === undefined ? {} : { PATH: path }),
        };
        const daemon = new Daemon(scope, [...commandOf('clsync'), ...words.map(here)], {
          user,
          environment,
          silent: true,
        });
        await daemon.exited;
        await until('its message', () => daemon.stderr.includes('\n'), {
          detail: () => daemon.output,
        });
        const said = daemon.stderr.replace(LACKING, '');
        assert.match(said, /^error: [^\n]+\n$/);
        assert.ok(said.startsWith(`error: ${message.replaceAll('~', base)}`), said);
        assert.match(said.slice('error: '.length), REMEDY);
        assert.deepEqual(daemon.exit, { code: exit, signal: null });
        assert.equal(daemon.stdout, '');
        assert.deepEqual(fs.readdirSync(`${base}/destination`), []);
      },
    );
  }
});
