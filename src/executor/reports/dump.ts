/** The executor's part of the dump (signal 29). */
import { display } from '../../shared/bytes.js';
import type { Entry } from '../../shared/entry.js';
import { piecesOf } from '../../shared/pieces.js';
import type { Piece } from '../../shared/pieces.js';
import type { DaemonStatus } from '../../shared/settings.js';
import { QUEUES } from '../schedule/backlog.js';
import type { Backlog, QueueName } from '../schedule/backlog.js';

export function* describeState(status: DaemonStatus, backlog: Backlog): Iterable<Piece> {
  const { size, inHand, failing } = backlog;
  const counts = `waiting ${size}\nin hand ${inHand.size}\nfailing ${failing}\n`;
  yield* piecesOf('executor', [counts]);
  yield* piecesOf('failing', linesOf(heldIn(backlog, true)));
  if (backlog.settling !== undefined)
    yield* piecesOf('settling', linesOf(backlog.settling.entries()));
  yield* piecesOf('instance', linesOf(inHand, '', `status == ${status}\n`));
  for (const [index, name] of QUEUES.entries())
    yield* piecesOf(`queue/${index}`, linesOf(waitingIn(backlog, name), '+1\t'));
}

function* linesOf(entries: Iterable<Entry>, before = '', first = ''): Iterable<string> {
  yield first;
  for (const { path } of entries) yield `${before}${display(path)}\n`;
}

function* heldIn({ held }: Backlog, isFailing: boolean): Iterable<Entry> {
  for (const { entry, failing } of held.values()) if (failing === isFailing) yield entry;
}

/**
 * Entries held because the source changed during their sync are shown as those that wait for a
 * lock.
 */
function* waitingIn(backlog: Backlog, name: QueueName): Iterable<Entry> {
  yield* backlog.entriesOf(name);
  if (name === 'lockWait') yield* heldIn(backlog, false);
}
