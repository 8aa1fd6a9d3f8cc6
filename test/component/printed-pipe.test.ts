import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { PrintedPipe } from '../../src/master/surface/printed-pipe.js';
import { until } from '../harness/until.js';

const COUNT = 40;
const PIECE = 9 << 10;

test('what came while its taker was busy is handed on in pieces that fit an output', async () => {
  const lengths: number[] = [];
  const pipe = new PrintedPipe((chunk, again) => {
    lengths.push(chunk.length);
    setTimeout(again, 5);
    return 'later';
  });
  const text = `for n in $(seq ${COUNT}); do head -c ${PIECE} /dev/zero; done`;
  spawn('/bin/sh', ['-c', text], { stdio: ['ignore', pipe.descriptor, 'inherit'] });
  const total = (): number => lengths.reduce((sum, length) => sum + length, 0);
  await until('all of it', () => total() === COUNT * PIECE);
  assert.ok(Math.max(...lengths) <= 16 << 10, `${Math.max(...lengths)} bytes at once`);
  pipe.close();
});
