import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { ControlClient, ControlError } from '../../../src/client/control.js';
import { fromText } from '../../../src/shared/bytes.js';
import { decodeLine, encodeLine, encodeRow, REPLY, REQUEST } from '../../../src/shared/control.js';
import { atEnd, temporaryDirectory } from '../../harness/temporary.js';

const HOSTILE = 'a\u001b]0;title\u0007\u202e\u009b2J';
const SHOWN = 'a\\x1b]0;title\\x07\\xe2\\x80\\xae\\xc2\\x9b2J';

test('what a daemon says misleads no terminal, and one that is silent can be left', async (scope) => {
  const path = join(temporaryDirectory(scope), 'socket');
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      const { number = 0, command } = decodeLine(fromText(chunk.toString().trimEnd())) ?? {};
      if (command === REQUEST.status) {
        socket.write(encodeRow(number, JSON.stringify({ [HOSTILE]: [HOSTILE], pid: 1 })));
        socket.write(encodeLine(number, REPLY.status, [], ''));
      } else if (command === REQUEST.info)
        socket.write(encodeLine(number, REPLY.info, ['b', 'l'], `one ${HOSTILE}`));
      else if (command === REQUEST.resume)
        socket.write(encodeLine(number, REPLY.info, [], HOSTILE));
      else if (command === REQUEST.queue) socket.write(encodeRow(number, 'x'.repeat(17 << 20)));
    });
  });
  server.listen(path);
  await once(server, 'listening');
  const client = await ControlClient.connect(path);
  atEnd(scope, () => void server.close());
  atEnd(scope, () => client.close());
  assert.deepEqual(await client.status(), { [SHOWN]: [SHOWN], pid: 1 });
  assert.equal((await client.info()).text, `one ${SHOWN}`);
  await assert.rejects(client.resume(), (error) => {
    assert.ok(error instanceof ControlError);
    assert.equal(error.message, SHOWN);
    return true;
  });
  await assert.rejects(client.queue(), /its answer does not end/);
  const silent = client.pause();
  client.close('it does not answer');
  await assert.rejects(silent, /^Error: it does not answer$/);
});
