/** What signal 29 writes about the executor. */
import { display } from '../shared/bytes.js';
import type { Entry } from '../shared/entry.js';
import { piecesOf } from '../shared/pieces.js';
import type { Piece } from '../shared/pieces.js';
import type { Status } from '../shared/settings.js';
import { QUEUES } from './schedule/backlog.js';
import type { Backlog } from './schedule/backlog.js';

export function* describeState(status: Status, backlog: Backlog): Iterable<Piece> {
  const counts = `waiting ${backlog.size}\nin hand ${backlog.inHand.size}\nfailing ${backlog.held.size}\n`;
  yield* piecesOf('executor', [counts]);
  yield* piecesOf('failing', linesOf(entriesOf(backlog.held)));
  yield* piecesOf('instance', linesOf(backlog.inHand, '', `status == ${status}\n`));
  for (const [index, name] of QUEUES.entries())
    yield* piecesOf(`queue/${index}`, linesOf(backlog.entriesOf(name), '+1\t'));
}

function* linesOf(entries: Iterable<Entry>, before = '', first = ''): Iterable<string> {
  yield first;
  for (const { path } of entries) yield `${before}${display(path)}\n`;
}

function* entriesOf(held: Backlog['held']): Iterable<Entry> {
  for (const { entry } of held.values()) yield entry;
}
