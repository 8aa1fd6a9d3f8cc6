import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hearer } from '../../../../src/watcher/outgoing/hearer.js';
import { Listings } from '../../../../src/watcher/outgoing/listings.js';
import { finding } from '../findings.js';

/** A channel whose peer reads when the test says so. */
class Peer {
  unsent = 0;
  reads = true;
  private readonly waiting: (() => void)[] = [];

  send(): boolean {
    if (!this.reads) this.unsent += 600_000;
    return this.reads;
  }

  drained(): Promise<void> {
    if (this.unsent === 0) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  async read(): Promise<void> {
    this.unsent = 0;
    for (const resolve of this.waiting.splice(0)) resolve();
    await Promise.resolve();
  }
}

const ROWS = finding('listing', 'd');

test('walks wait for one that does not read only once it has much to read', async () => {
  const [one, other] = [new Peer(), new Peer()];
  const hearers = [one, other].map((peer) => new Hearer(peer, () => assert.fail('it reads')));
  let goesOn = 0;
  const listings = new Listings(
    () => hearers,
    () => goesOn++,
  );
  listings.begin(false);
  other.reads = false;
  listings.rows(ROWS);
  assert.equal(listings.isFull, false);
  listings.rows(ROWS);
  assert.equal(listings.isFull, true);
  await other.read();
  assert.deepEqual([listings.isFull, goesOn], [false, 1]);
  one.reads = false;
  listings.rows(ROWS);
  assert.equal(listings.isFull, true, 'nobody reads');
  await one.read();
  await other.read();
});

test('one that reads nothing is deaf soon where others wait for it, otherwise later', async (scope) => {
  scope.mock.timers.enable({ apis: ['setInterval'] });
  const peers = [new Peer(), new Peer(), new Peer()] as const;
  // Node's pretended intervals go on once where they are cleared as they fire.
  const deaf = new Set<number>();
  const hearers = peers.map((peer, index) => new Hearer(peer, () => deaf.add(index)));
  const listings = new Listings(
    () => hearers,
    () => undefined,
  );
  for (const peer of peers.slice(1)) peer.reads = false;
  // A walk for the second alone, while the others wait for the next.
  listings.begin(true, hearers.slice(1, 2));
  listings.rows(ROWS);
  hearers[2]?.send('listed', { directory: ROWS.path, isThere: 1 });
  scope.mock.timers.tick(4000);
  assert.deepEqual([...deaf], []);
  scope.mock.timers.tick(1000);
  assert.deepEqual([...deaf], [1]);
  scope.mock.timers.tick(54_000);
  await peers[2].read();
  hearers[2]?.send('listed', { directory: ROWS.path, isThere: 1 });
  scope.mock.timers.tick(59_000);
  assert.deepEqual([...deaf], [1], 'it has read meanwhile');
  scope.mock.timers.tick(1000);
  assert.deepEqual([...deaf], [1, 2]);
});
