import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fromText } from '../../../../src/shared/bytes.js';
import { FILES } from '../../../../src/shared/layout.js';
import { startNumber } from '../../../../src/master/monitor/frozen-wire.js';
import type { FrozenPlace } from '../../../../src/master/monitor/frozen-wire.js';
import { BareMonitor, NOTHING } from '../../../harness/bare-monitor.js';
import { temporaryDirectory } from '../../../harness/temporary.js';
import { until } from '../../../harness/until.js';

const [ONE, OTHER, JOINED] = [0, 1, 2];

/**
 * In the launcher's place. A member with one peer greets it; the one with two says whom it hears,
 * and takes who joins later. It knows its descriptors by the launcher's: 4 is the first peer.
 */
const LAUNCHER = (marks: string): string => `#!${process.execPath}
const { appendFileSync, read, readSync, writeSync } = require('node:fs');
const say = (text) => appendFileSync(${JSON.stringify(marks)}, text + '\\n');
const hear = (fd) => {
  const bytes = Buffer.alloc(64);
  return bytes.toString('latin1', 0, readSync(fd, bytes));
};
const leash = Number(process.argv[2]) - 1;
read(leash, Buffer.alloc(1), 0, 1, null, () => process.exit());
if (leash === 5) {
  writeSync(4, 'hello');
} else {
  const { take } = require(${JSON.stringify(FILES.addon)});
  for (const peer of [4, 5]) say('peer ' + (peer - 4) + ': ' + hear(peer));
  const look = () => {
    try {
      const [number, [fd]] = take(6);
      say('joined by ' + number[0] + ': ' + hear(fd));
    } catch (error) {
      if (error.code !== 'EAGAIN') say(error.message);
    }
  };
  setInterval(look, 5);
}
`;

function placeAt(path: string): FrozenPlace {
  const { uid } = statSync(path);
  return {
    path: fromText(path),
    isDirectory: true,
    isOfAnyone: false,
    isOnDisk: false,
    owner: uid,
  };
}

test('a member that is started later joins the one that runs, whatever others lack', async (scope) => {
  const directory = temporaryDirectory(scope);
  const [launcher, marks] = [`${directory}/launcher`, `${directory}/marks`];
  writeFileSync(launcher, LAUNCHER(marks), { mode: 0o755 });
  const there = temporaryDirectory(scope);
  const member = (place: number) => ({
    outputs: [5, 6],
    places: [place],
    specification: Buffer.alloc(0),
  });
  const monitor = new BareMonitor(scope, {
    ...NOTHING,
    launcher: fromText(launcher),
    places: [placeAt(there), { ...placeAt(there), path: fromText(`${there}/gone`) }],
    members: [member(0), member(1), member(0)],
    pairs: [
      [ONE, JOINED],
      [OTHER, JOINED],
    ],
  });
  const said = (): string[] =>
    existsSync(marks) ? readFileSync(marks, 'utf8').split('\n').slice(0, -1) : [];
  const all = await monitor.ask('start');
  assert.deepEqual([all?.fault, all?.pids.filter((pid) => pid > 0)], ['place', []]);
  const some = await monitor.ask('start', startNumber([ONE, JOINED]));
  assert.equal(some?.fault, undefined);
  assert.deepEqual(
    some?.pids.slice(0, 3).map((pid) => pid > 0),
    [true, false, true],
  );
  await until('both peers', () => said().length === 2);
  assert.deepEqual(said(), ['peer 0: hello', 'peer 1: ']);
  assert.equal((await monitor.ask('start', startNumber([OTHER])))?.fault, 'place');
  assert.equal((await monitor.ask('start', startNumber([ONE])))?.fault, 'start');
  assert.equal((await monitor.ask('kill', ONE))?.fault, undefined);
  assert.equal((await monitor.ask('start', startNumber([ONE])))?.fault, undefined);
  await until('the one that joins', () => said().length === 3);
  assert.equal(said()[2], `joined by ${ONE}: hello`);
});
