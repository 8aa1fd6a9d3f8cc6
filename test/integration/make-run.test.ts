/** The first steps of a user: `make run` on a terminal, edit, rename, delete, ctrl-C. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FILES } from '../../src/shared/layout.js';
import { compareTrees, describeDifferences } from '../harness/compare.js';
import { Daemon } from '../harness/daemon.js';
import { needsTerminal } from '../harness/offers.js';
import { descendants, killAll, mentioning } from '../harness/processes.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { DEADLINE, until } from '../harness/until.js';

const CONTROL_C = '\x03';

test(
  'make run: changes are mirrored, and ctrl-C ends it without leftovers',
  { skip: needsTerminal(), timeout: DEADLINE },
  async (scope) => {
    const base = temporaryDirectory(scope);
    const [source, destination, temporary] = ['my files', "mirror's", 'tmp'].map((name) =>
      subdirectory(base, name),
    ) as [string, string, string];
    fs.writeFileSync(join(source, 'first'), '1');

    // script(1) is the terminal: its input is typed, its output is the screen, and it exits with
    // the status of the command.
    const words = ['make', '-s', 'run', `SRC=${source}`, `DST=${destination}`].map(
      (word) => `'${word.replaceAll("'", "'\\''")}'`,
    );
    const terminal = spawn(
      'script',
      ['--quiet', '--return', '--command', words.join(' '), '/dev/null'],
      {
        cwd: FILES.root,
        env: { ...process.env, TMPDIR: temporary },
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    scope.after(() => {
      killAll(descendants(terminal.pid as number));
      terminal.kill('SIGKILL');
    });
    let screen = '';
    let code: number | null | undefined;
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => (screen += text));
    terminal.once('exit', (status) => (code = status));
    const equal = async (after: string): Promise<void> => {
      const differences = (): string =>
        describeDifferences(compareTrees(source, destination)) + '\n' + screen;
      const holds = (): boolean => {
        assert.equal(code, undefined, `ended early:\n${screen}`);
        return compareTrees(source, destination).length === 0;
      };
      await until(`equal trees after ${after}`, holds, { detail: differences });
    };

    await equal('the start');
    fs.appendFileSync(join(source, 'first'), 'edited');
    await equal('an edit');
    fs.renameSync(join(source, 'first'), join(source, 'second'));
    await equal('a rename');
    fs.mkdirSync(join(source, 'directory'));
    fs.writeFileSync(join(source, 'directory/file'), 'x');
    await equal('a new directory');
    fs.rmSync(join(source, 'directory'), { recursive: true });
    await equal('a deletion');
    for (const said of [/watching \d+ director/i, /synced \d+ path/i])
      await until(String(said), () => said.test(screen), { detail: () => screen });

    terminal.stdin.write(CONTROL_C);
    await until('the end', () => code !== undefined, { detail: () => screen });
    assert.equal(code, 0, `exit status after ctrl-C:\n${screen}`);
    await until('no process left', () => mentioning(base).length === 0, {
      detail: () => JSON.stringify(mentioning(base), undefined, 1),
    });
    assert.deepEqual(fs.readdirSync(temporary), [], 'temporary files left');
    assert.deepEqual(compareTrees(source, destination), []);
  },
);

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test(
    `make run ended by ${signal} leaves nothing running`,
    { timeout: DEADLINE },
    async (scope) => {
      const base = temporaryDirectory(scope);
      const [source, destination] = [
        subdirectory(base, 'source'),
        subdirectory(base, 'destination'),
      ];
      fs.writeFileSync(join(source, 'first'), '1');
      const make = new Daemon(scope, [
        'make',
        '-s',
        '-C',
        FILES.root,
        'run',
        `SRC=${source}`,
        `DST=${destination}`,
      ]);
      await make.logged(/initial sync done/);
      make.signal(signal);
      await make.gone(base);
    },
  );
}

test('make run without directories prints its usage', { timeout: DEADLINE }, async (scope) => {
  const make = spawn('make', ['-s', 'run'], {
    cwd: FILES.root,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  scope.after(() => void make.kill('SIGKILL'));
  let stderr = '';
  make.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise((resolve) => make.once('close', resolve));
  assert.notEqual(code, 0);
  assert.match(stderr, /usage: make run SRC=/);
});
