/**
 * A process that changes a tree at random: node writer.js ROOT OUTSIDE SEED STREAM SECONDS
 * [BEYOND-NODE]. Prints the number of operations.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fromText } from '../../src/shared/bytes.js';
import { BeyondNode } from '../harness/beyond-node.js';
import { Operations } from './operations.js';
import { Random } from './random.js';

const [root, outside, seed, stream, seconds, beyond] = process.argv.slice(2);
if (root === undefined || outside === undefined)
  throw new Error('usage: writer ROOT OUTSIDE SEED STREAM SECONDS [BEYOND-NODE]');

const random = new Random(Number(seed), Number(stream));
const operations = new Operations(
  fromText(root),
  random,
  fromText(outside),
  beyond === undefined ? undefined : new BeyondNode(beyond),
);
const end = Date.now() + Number(seconds) * 1000;
let done = 0;
while (Date.now() < end) {
  for (let burst = 1 + random.below(80); burst > 0; burst--, done++) operations.step();
  await sleep(random.below(40));
}
console.log(done);
