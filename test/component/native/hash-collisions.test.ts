/** Hash tables of names in the C part; see hash-collisions.c. */
import { testSanitized } from './sanitized.js';

testSanitized({
  name: 'hash-collisions',
  parts: [
    'common/bytes',
    'common/keyed-hash',
    ...['queue', 'crowd', 'story', 'seen', 'history', 'tree', 'tree-index'].map(
      (part) => `watch/${part}`,
    ),
  ],
  rounds: '1',
  title: 'names that fall together without a key do not with one',
});
