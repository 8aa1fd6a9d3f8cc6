/**
 * Source and destination become equal although roles are killed, or the kernel's queue overflows.
 */
import { seedsFrom, testSeeds } from './suite.js';

testSeeds('converges with its roles killed', seedsFrom(201, 6), { seconds: 5, variant: 'kill' });
testSeeds('converges with an overflowing queue', seedsFrom(301, 6), {
  seconds: 3,
  variant: 'overflow',
});
