import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Conversation } from '../../../src/shared/conversation.js';
import { MESSAGES } from '../../../src/shared/messages.js';
import type { MessageName, MessageRow } from '../../../src/shared/messages.js';

const NAMES = Object.keys(MESSAGES) as MessageName[];

/** The messages that lead a role of that side to each phase. */
const WAYS = {
  watcher: { loading: [], ready: ['watcherUp'], working: ['watcherUp', 'watch'] },
  executor: { loading: [], ready: ['executorUp'], working: ['executorUp', 'execute'] },
} as const;

function after(way: readonly MessageName[]): Conversation {
  const conversation = new Conversation();
  for (const name of way) assert.equal(conversation.pass(name), undefined, name);
  return conversation;
}

test('each message passes in its phase, and in no other', () => {
  for (const name of NAMES) {
    const { from, to, phase, once }: MessageRow = MESSAGES[name];
    const role = from === 'master' ? to : from;
    if (role === 'master' || (from !== 'master' && to !== 'master')) continue;
    for (const [reached, way] of Object.entries(WAYS[role])) {
      const conversation = after(way);
      const isIn = phase === undefined || phase === reached;
      assert.equal(conversation.allows(name), isIn, `${name} while ${reached}`);
      const refusal = conversation.pass(name);
      if (isIn) assert.equal(refusal, undefined, `${name} while ${reached}`);
      else assert.match(refusal ?? '', /may not be sent while/, `${name} while ${reached}`);
      if (isIn && once) assert.notEqual(conversation.pass(name), undefined, `${name} twice`);
    }
  }
});

test('what is sent once is refused the second time, whatever came between', () => {
  const conversation = after(['watcherUp', 'watch', 'watching', 'counters']);
  assert.equal(conversation.pass('watching'), 'watching may be sent once');
  const peers = after(['credit', 'walked', 'batch']);
  assert.equal(peers.pass('walked'), 'walked may be sent once');
});

test('a refused message changes nothing', () => {
  const conversation = after(['watcherUp']);
  assert.notEqual(conversation.pass('watching'), undefined);
  assert.equal(conversation.pass('watch'), undefined);
  assert.equal(conversation.pass('watching'), undefined);
});
