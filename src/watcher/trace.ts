/** What events and walks are, in words for the log (-d2, -d3). */
import { ROOT, displayInTree } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { IN } from '../shared/inotify-mask.js';
import { Found } from './monitor/findings.js';
import type { Finding } from './monitor/findings.js';

const KINDS = new Map<number, string>(Object.entries(Found).map(([name, kind]) => [kind, name]));

/** What was found where an event pointed. */
export function eventInWords({ kind, mask, path, origin }: Finding): string {
  const bits = Object.entries(IN).flatMap(([name, bit]) => (mask & bit ? name : []));
  const from = origin === undefined ? '' : ` from ${placeInWords(origin)}`;
  return `event: ${KINDS.get(kind)} ${bits.join('|') || '-'} ${placeInWords(path)}${from}`;
}

export function placeInWords(path: BytePath | undefined): string {
  return displayInTree(path ?? ROOT);
}
