import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Confirmations } from '../../../src/master/confirmations.js';
import type { Happening } from '../../../src/master/news.js';
import type { Member } from '../../../src/master/sandbox/roles.js';
import { initialState } from '../../../src/master/state.js';
import { fromText } from '../../../src/shared/bytes.js';
import { ClsyncError } from '../../../src/shared/errors.js';
import type { Message } from '../../../src/shared/messages.js';

const STATE = initialState(1, { block: fromText('b'), label: fromText('l'), flags: 1n, given: 0n });
const WATCHER: Member = { role: 'watcher', name: 'watcher', destination: 0 };
const EXECUTOR: Member = { role: 'executor', name: 'executor', destination: 0 };

const OF = { watcher: [WATCHER], executor: [EXECUTOR] };

/** Asks once; `hear` tells it, and returns whether it is in force. */
function asking(isThere = true): { hear(...news: Happening[]): Promise<boolean> } {
  const asked = new Confirmations((role) => (isThere ? OF[role] : []));
  let isInForce = false;
  void asked.inForce().then(() => (isInForce = true));
  return {
    async hear(...news) {
      for (const one of news) asked.follow({ ...one, at: 1 }, STATE, STATE);
      await Promise.resolve();
      await Promise.resolve();
      return isInForce;
    },
  };
}

const say = (member: Member, message: Message): Happening => ({ kind: 'message', member, message });
const WATCHER_HAS = say(WATCHER, { name: 'watcherConfirmed', serial: 1 });
const EXECUTOR_HAS = say(EXECUTOR, { name: 'executorConfirmed', serial: 1 });

test('what was ordered is in force once all roles say so', async () => {
  const { hear } = asking();
  assert.equal(await hear(say(EXECUTOR, { name: 'executorConfirmed', serial: 7 })), false);
  assert.equal(await hear(EXECUTOR_HAS, EXECUTOR_HAS), false);
  assert.equal(await hear(WATCHER_HAS), true);
});

test('a role that ends or starts meanwhile is not waited for, nor is where none runs', async () => {
  assert.equal(await asking(false).hear(), true);
  assert.equal(await asking().hear(WATCHER_HAS, { kind: 'roleEnded', member: EXECUTOR }), true);
  assert.equal(
    await asking().hear(EXECUTOR_HAS, { kind: 'roleStarted', member: WATCHER, pid: 1 }),
    true,
  );
});

test('one that does not answer is named', async () => {
  const asked = new Confirmations((role) => OF[role], 1);
  await assert.rejects(
    asked.inForce(),
    (error) => error instanceof ClsyncError && /the executor and the watcher/.test(error.message),
  );
});
