/** Who may give which command over the control socket. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer } from '../../../../src/master/surface/control-commands.js';
import { rightsOf } from '../../../../src/master/surface/control-rights.js';
import type { Rights } from '../../../../src/master/surface/control-rights.js';
import { fromBuffer, fromText } from '../../../../src/shared/bytes.js';
import { decodeLine, REPLY, REQUEST } from '../../../../src/shared/control.js';
import { NO_CLIENT, NO_STEERING } from '../../../harness/steering.js';

const ACCESS = { uid: 70_001, gid: 70_002 };
const right = (uid: number, gid: number, mode?: number): string => {
  const rights = rightsOf({ uid, gid }, { ...ACCESS, ...(mode !== undefined && { mode }) });
  return rights === undefined
    ? 'none'
    : [rights.tier, ...(rights.paths ? ['paths'] : []), rights.leaves].join(' ');
};

test('rights by user', () => {
  assert.equal(right(0, 0), 'configure paths 0');
  if (process.getuid?.() !== 0)
    assert.equal(right(process.getuid?.() ?? 0, 1), 'configure paths 1');
  assert.equal(right(ACCESS.uid, 1), 'configure 2');
  assert.equal(right(70_003, ACCESS.gid), 'steer 2');
  assert.equal(right(70_003, 1, 0o662), 'read 2');
  assert.equal(right(70_003, 1, 0o660), 'none');
  assert.equal(right(70_003, 1), 'none');
  const viewers = { ...ACCESS, view: 70_004, mode: 0o666 };
  const tier = (uid: number, gid: number): unknown => rightsOf({ uid, gid }, viewers)?.tier;
  assert.deepEqual([tier(70_003, 70_004), tier(70_003, ACCESS.gid)], ['view', 'steer']);
  assert.deepEqual([tier(ACCESS.uid, 70_004), tier(70_003, 1)], ['configure', 'read']);
  // Who may look may do no more, also where the group of the socket is the same.
  assert.equal(rightsOf({ uid: 70_003, gid: 70_002 }, { ...viewers, view: 70_002 })?.tier, 'view');
});

/** The commands that are carried out, by name. */
async function mayGive(rights: Rights): Promise<string[]> {
  const done = await Promise.all(
    Object.entries(REQUEST).map(async ([name, number]) => {
      const { reply } = await answer(fromText(`1 ${number} retries 3`), TARGET, {
        rights,
        ...NO_CLIENT,
      });
      const command = decodeLine(fromBuffer(reply.subarray(0, -1)))?.command;
      return command === REPLY.denied ? [] : [name];
    }),
  );
  return done.flat();
}

const TARGET = {
  state: {
    instance: { block: fromText(''), label: fromText(''), flags: 0n, given: 0n },
    executors: new Map(),
  },
  approve: () => true,
  dumpTo: async (): Promise<void> => undefined,
  describeTo: async (): Promise<void> => undefined,
  set: (): void => undefined,
  setRules: (): void => undefined,
  resync: (): void => undefined,
  steering: NO_STEERING,
  endNow: (): void => undefined,
  inForce: () => Promise.resolve(),
};

test('commands by right', async () => {
  const look = ['negotiation', 'version', 'info', 'status', 'quit'];
  const view = ['queue', 'events'];
  const steer = [...view, 'resync', 'approve', 'pause', 'resume', 'flush', 'verify', 'die'];
  const give = (tier: Rights['tier'], paths: boolean): Promise<string[]> =>
    mayGive({ tier, paths, leaves: 0 });
  assert.deepEqual((await give('read', false)).toSorted(), look.toSorted());
  assert.deepEqual((await give('view', false)).toSorted(), [...look, ...view].toSorted());
  assert.deepEqual((await give('steer', false)).toSorted(), [...look, ...steer].toSorted());
  assert.deepEqual(
    (await give('configure', false)).toSorted(),
    [...look, ...steer, 'set', 'reload', 'logLevel', 'describe'].toSorted(),
  );
  assert.deepEqual((await give('configure', true)).toSorted(), Object.keys(REQUEST).toSorted());
});
