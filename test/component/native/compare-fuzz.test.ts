/** Tests the comparison of two trees and the rules; see compare-fuzz.c. */
import { testSanitized } from './sanitized.js';

testSanitized({
  name: 'compare-fuzz',
  besides: ['compare-model', 'random', 'random-tree', 'rules-model'],
  parts: [
    'common/bytes',
    ...['comparison', 'entry', 'pairs', 'quick-check', 'ties'].map((part) => `compare/${part}`),
    'watch/rules',
  ],
  rounds: process.env['CLSYNC_FUZZ_ROUNDS'] ?? '100',
  title: 'what a comparison finds, and what rules allow, is what plain models say',
});
