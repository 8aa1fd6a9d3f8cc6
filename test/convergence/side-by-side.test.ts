/** Source and destination are equal after random changes, with syncs side by side. */
import { testSeeds } from './suite.js';

for (const threading of ['full', 'safe'] as const) {
  const options = [`--threading=${threading}`];
  const title = `converges with ${options[0]}`;
  testSeeds(title, [401], { seconds: 3, variant: 'plain', options });
  testSeeds(`${title} and its roles killed`, [411], { seconds: 3, variant: 'kill', options });
  testSeeds(`${title} and an overflowing queue`, [421], {
    seconds: 3,
    variant: 'overflow',
    options,
  });
}
