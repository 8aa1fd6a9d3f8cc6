/** Tests the C part of mode mirror on random trees; see mirror-fuzz.c. */
import { readdirSync } from 'node:fs';
import { FILES } from '../../../src/shared/layout.js';
import { testSanitized } from './sanitized.js';

testSanitized({
  name: 'mirror-fuzz',
  besides: ['mirror-change', 'mirror-equal', 'random'],
  parts: [
    'common/bytes',
    'common/keyed-hash',
    'watch/rules',
    ...readdirSync(FILES.root + 'src/native/mirror')
      .filter((file) => file.endsWith('.c') && file !== 'mirror-handle.c')
      .map((file) => `mirror/${file.slice(0, -2)}`),
  ],
  rounds: process.env['CLSYNC_FUZZ_ROUNDS'] ?? '60',
  title: 'a destination becomes equal to its source, whatever stood on either side',
});
