import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROOT } from '../../../src/shared/bytes.js';
import type { Message } from '../../../src/shared/messages.js';
import type { News } from '../../../src/master/news.js';
import { Questions } from '../../../src/master/questions.js';
import { crewOf } from '../../../src/master/sandbox/roles.js';
import type { Member } from '../../../src/master/sandbox/roles.js';
import { initialState } from '../../../src/master/state.js';

const STATE = initialState(1, { block: ROOT, label: ROOT, flags: 0n, given: 0n });
const BOTH = crewOf(2).filter(({ role }) => role === 'executor');
const [ONE, OTHER] = BOTH as [Member, Member];

/** Two executors, of which those answer that run. */
function asked(running: readonly Member[] = BOTH): {
  readonly questions: Questions;
  hear(news: { readonly kind: 'roleEnded' } | Message, member: Member): void;
} {
  const questions = new Questions(
    () => running,
    () => BOTH,
    ({ destination }) => `/${destination}`,
  );
  return {
    questions,
    hear: (heard, member) => {
      const news =
        'kind' in heard ? { ...heard, member } : { kind: 'message', member, message: heard };
      questions.follow({ ...news, at: 0 } as News, STATE, STATE);
    },
  };
}

test('a flush is over when every destination has everything', async () => {
  const { questions, hear } = asked();
  let isOver = false;
  const flush = questions.flush(1000).finally(() => (isOver = true));
  hear({ name: 'flushed', serial: 1, left: 0, text: '' }, ONE);
  // One answer of each counts.
  hear({ name: 'flushed', serial: 1, left: 0, text: '' }, ONE);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(isOver, false);
  hear({ name: 'flushed', serial: 1, left: 3, text: 'no space' }, OTHER);
  assert.deepEqual(await flush, { left: 3, text: '/1: no space' });
});

test('a flush fails where a destination is not served, or ends meanwhile', async () => {
  await assert.rejects(asked([ONE]).questions.flush(1000), /\/1: nothing is synced at present/);
  const { questions, hear } = asked();
  const flush = questions.flush(1000);
  hear({ kind: 'roleEnded' }, OTHER);
  await assert.rejects(flush, /\/1: a part of the daemon has ended/);
});

test('what is pending says for which destination, of those that are served', async () => {
  const { questions, hear } = asked([OTHER]);
  const pending = questions.pending(ROOT);
  hear({ name: 'pendingRows', serial: 1, rows: '{"path":"a"}\n', last: 1 }, OTHER);
  assert.deepEqual(await pending, ['{"destination":"/1","path":"a"}']);
});
