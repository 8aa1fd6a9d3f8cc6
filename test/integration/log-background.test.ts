/** In the background the daemon keeps nobody waiting for its descriptors. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { needsNamespaces } from '../harness/offers.js';
import { commandOf } from '../harness/programs.js';
import { atEnd } from '../harness/temporary.js';
import { DEADLINE, PATIENCE, until } from '../harness/until.js';
import { isRoot } from '../harness/user.js';
import { LogTrial, inBackground } from '../harness/log-trial.js';

const LIMIT = { timeout: DEADLINE };

test('-b with the log elsewhere keeps neither stdout nor stderr', LIMIT, async (scope) => {
  const trial = new LogTrial(scope);
  assert.deepEqual(inBackground(trial, trial.mirror('-b', '-Ysyslog', '-q')), {
    status: 0,
    output: '',
    error: undefined,
  });
  await trial.end();
});

// Without a view, a handler that writes to /dev/stderr truncates the file of the log.
test(
  '-b with the log on stderr keeps only stderr, also for handlers; it cannot change to stdout ' +
    'later',
  { ...LIMIT, skip: isRoot && needsNamespaces() },
  async (scope) => {
    const trial = new LogTrial(scope);
    const socket = trial.base + '/socket';
    const script = `out=$("$@" 2>${trial.base}/log) && echo "status $?, $out"`;
    const command = [
      '/bin/sh',
      '-c',
      script,
      'sh',
      ...trial.talkative(1, '-b', `--socket=${socket}`),
    ];
    atEnd(scope, () => trial.kill());
    assert.equal(
      execFileSync(command[0] as string, command.slice(1), { encoding: 'utf8', timeout: PATIENCE }),
      'status 0, \n',
    );
    await until('the handler', () => /^handler: line 1\n/m.test(trial.read('/log')));
    // Only root may inspect a sealed process.
    if (isRoot)
      assert.deepEqual(
        [0, 1].map((fd) => fs.readlinkSync(`/proc/${trial.pid()}/fd/${fd}`)),
        ['/dev/null', '/dev/null'],
      );
    const [program, ...words] = commandOf('clsync') as [string, ...string[]];
    const { status, stderr } = spawnSync(
      program,
      [...words, 'ctl', '--socket', socket, 'SET', 'output', 'stdout'],
      { encoding: 'utf8', timeout: PATIENCE },
    );
    assert.equal(status, 1);
    assert.match(stderr, /let stdout go/);
    await trial.end();
  },
);
