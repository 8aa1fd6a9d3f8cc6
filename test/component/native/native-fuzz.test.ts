/** Tests the C part of the watcher; see native-fuzz.c. */
import { testSanitized } from './sanitized.js';

const PARTS = [
  'common/bytes',
  'common/keyed-hash',
  ...[
    'source',
    'source-inotify',
    'source-fanotify',
    'source-gio',
    'fanotify-records',
    'marked-tell',
    'marked-keys',
    'resolver',
    'doubt',
    'entry-way',
    'key-set',
    'queue',
    'history',
    'tree',
    'tree-index',
    'rules',
    'report',
    'signature',
    'watch',
    'node',
    'place',
    'directory',
    'look',
    'look-place',
    'walk',
    'walk-stack',
    'visit',
    'listing',
    'limbo',
    'poll',
    'reach',
    'search',
  ].map((part) => `watch/${part}`),
];

testSanitized({
  name: 'native-fuzz',
  besides: ['random', 'marked-fuzz'],
  parts: PARTS,
  rounds: process.env['CLSYNC_FUZZ_ROUNDS'] ?? '400',
  title: 'a table of directories, and a watch that is told what never happened',
});
