import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { FILES } from '../../../../src/shared/layout.js';

/** What a process with this log, and a pipe as stderr, writes there. */
function written(script: string): string[] {
  const log = `import { Log } from '${FILES.root}dist/src/master/surface/log.js';
    const log = new Log(); ${script}`;
  const words = ['--input-type=module', '-e', log];
  return spawnSync(process.execPath, words, { encoding: 'utf8' }).stderr.trimEnd().split('\n');
}

test('messages from before the log is loaded come in their order, as they were meant then', () => {
  assert.deepEqual(
    written(`log.write('info', 'hidden'); log.write('warning', 'early'); log.begin({ shown: 'name', field: 'name' });
      log.write('info', 'hidden'); log.write('warning', 'named'); log.printed('stderr', 'printed');
      log.flush();`).map((line) => line.replace(/^\d\S+ /, '')),
    ['warning: early', 'name warning: named', 'printed'],
  );
  const [first = '', second = ''] = written(
    `log.begin({ shown: 'name', field: 'name' }); log.started(); log.write('warning', 'early');
     setTimeout(() => { log.last('late'); log.flush(); }, 20);`,
  ).map((line) => line.split(' ')[0]);
  assert.ok(Date.parse(first) < Date.parse(second), `${first} ${second}`);
});
