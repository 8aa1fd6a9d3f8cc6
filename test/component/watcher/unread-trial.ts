/**
 * A watcher over a tree on a disk that breaks for a while, as a program, loaded with failing-list.c:
 * node unread-trial.js SOURCE FLAG. Prints what it is told while nothing can be listed, and later.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { ROOT } from '../../../src/shared/bytes.js';
import { until } from '../../harness/until.js';
import { Watched } from './support.js';

const [source = '', flag = ''] = process.argv.slice(2);
using watched = new Watched(source, { pollInterval: 50 });
await watched.message('walked');
watched.told();
writeFileSync(flag, '');
watched.control.rescan(ROOT);
await until('the report', () => watched.records.length > 0);
watched.told();
writeFileSync(`${source}/d/inner/f`, 'changed');
await watched.quiet();
const meanwhile = [...watched.told().keys()];
rmSync(flag);
const later = new Set<string>();
await until('another walk', () => {
  for (const path of watched.told().keys()) later.add(path);
  return later.has('');
});
console.log(JSON.stringify({ records: watched.records, meanwhile }));
