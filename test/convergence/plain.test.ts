/** Source and destination become equal after random changes by two writers. */
import { ORDINARY_USER, needsRoot } from '../harness/user.js';
import { seedsFrom, testSeeds } from './suite.js';

testSeeds('converges', seedsFrom(1, 20), { seconds: 3, variant: 'plain' });
testSeeds(
  'converges as an ordinary user',
  seedsFrom(101, 3),
  { seconds: 3, variant: 'plain', user: ORDINARY_USER },
  needsRoot,
);
