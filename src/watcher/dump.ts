/** The watcher's part of a dump: its counters, one on a line, and the last raw events. */
import { piecesOf } from '../shared/pieces.js';
import type { Piece } from '../shared/pieces.js';
import { historyLines } from './monitor/history.js';
import type { Monitor } from './monitor/monitor.js';

export type Counters = Readonly<
  Record<'directories' | 'pending' | 'overflows' | 'rescans' | 'events', number>
>;

/**
 * @param displaced number of displaced directories
 * @param monitor undefined once the watch directory is gone
 * @param epoch milliseconds since 1970 at which CLOCK_MONOTONIC was 0
 */
export function* describeWatcher(
  { pending, ...others }: Counters,
  displaced: number,
  monitor: Pick<Monitor, 'history' | 'pathOf'> | undefined,
  epoch: number,
): Iterable<Piece> {
  // Entries that the executor has received are in its own part of the dump.
  const facts = { 'not yet handed over': pending, ...others, displaced };
  yield* piecesOf(
    'watcher',
    Object.entries(facts).map(([name, value]) => `${name} ${value}\n`),
  );
  const past = monitor?.history() ?? [];
  yield* piecesOf('events', historyLines(past, { epoch, pathOf: (node) => monitor?.pathOf(node) }));
}
