/**
 * The order in which objects are moved at the destination, so that each move finds its object in
 * the place where the source had it. Pure.
 *
 * A move that cannot be ordered, or finds something else, is left out: its object is copied.
 */
import { directoriesAbove } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';

/** An object is at `to` in the source, and may be at `from` at the destination. */
export interface Wanted {
  readonly from: BytePath;
  readonly to: BytePath;
  /** What stands at `to` cannot be replaced by it: the two change places. */
  readonly exchange?: boolean;
}

/** One renameat2(2) at the destination. */
export interface Move {
  readonly from: BytePath;
  readonly to: BytePath;
  /** RENAME_EXCHANGE. */
  readonly exchange: boolean;
}

/** Of several with one origin the first is taken: what came later was another object. */
export function orderMoves(wanted: readonly Wanted[]): Move[] {
  const byOrigin = new Map<BytePath, Wanted>();
  for (const one of wanted)
    if (!byOrigin.has(one.from) && !isNested(one)) byOrigin.set(one.from, one);
  for (const one of [...byOrigin.values()]) comesAlong(one, byOrigin);
  const all = [...byOrigin.values()];
  const byTarget = new Map(all.map((one) => [one.to, one]));
  const later = new Map<Wanted, Set<Wanted>>();
  const waitsFor = new Map<Wanted, number>(all.map((one) => [one, 0]));
  const before = (first: Wanted | undefined, second: Wanted): void => {
    if (first === undefined || first === second) return;
    const followers = later.get(first) ?? new Set();
    later.set(first, followers);
    if (followers.has(second)) return;
    followers.add(second);
    waitsFor.set(second, (waitsFor.get(second) ?? 0) + 1);
  };
  for (const one of all) {
    const taken = byOrigin.get(one.to);
    if (taken !== undefined) before(taken, one);
    for (const above of directoriesAbove(one.from)) {
      // What is in a directory that is moved itself leaves it before, what has come with one after.
      const along = byOrigin.get(above);
      if (along !== undefined) before(one, along);
      else before(byTarget.get(above), one);
    }
    for (const above of directoriesAbove(one.to)) {
      before(byTarget.get(above), one);
      before(byOrigin.get(above), one);
    }
  }
  const ordered: Move[] = [];
  const isDone = new Set<Wanted>();
  const go = (ready: Wanted[]): void => {
    for (let one = ready.pop(); one !== undefined; one = ready.pop()) {
      if (isDone.has(one)) continue;
      isDone.add(one);
      ordered.push({ from: one.from, to: one.to, exchange: one.exchange === true });
      for (const follower of later.get(one) ?? []) {
        const left = (waitsFor.get(follower) ?? 0) - 1;
        waitsFor.set(follower, left);
        if (left === 0) ready.push(follower);
      }
    }
  };
  go(all.filter((one) => waitsFor.get(one) === 0).reverse());
  for (const one of all) {
    if (isDone.has(one)) continue;
    const ring = ringOf(one, byOrigin, waitsFor);
    if (ring === undefined) continue;
    for (const member of ring) isDone.add(member);
    for (const move of exchanges(ring)) ordered.push(move);
    go(
      ring.flatMap((member) =>
        [...(later.get(member) ?? [])].filter((follower) => {
          if (isDone.has(follower)) return false;
          const left = (waitsFor.get(follower) ?? 0) - 1;
          waitsFor.set(follower, left);
          return left === 0;
        }),
      ),
    );
  }
  return ordered;
}

/**
 * What stays in a directory that is moved, under another name: it comes along, and is moved in the
 * directory's new place.
 */
function comesAlong(one: Wanted, byOrigin: Map<BytePath, Wanted>): void {
  for (const above of directoriesAbove(one.from)) {
    const along = byOrigin.get(above);
    if (along === undefined) continue;
    if (![...directoriesAbove(one.to)].includes(along.to)) return;
    const from = (along.to + one.from.slice(above.length)) as BytePath;
    byOrigin.delete(one.from);
    if (!byOrigin.has(from) && from !== one.to) byOrigin.set(from, { ...one, from });
    return;
  }
}

/** A directory cannot be moved into itself, nor to where one above it stands. */
function isNested({ from, to }: Wanted): boolean {
  return (
    from === to ||
    [...directoriesAbove(from)].includes(to) ||
    [...directoriesAbove(to)].includes(from)
  );
}

/** Moves that change places in a ring, and wait for nothing else: swaps, and longer ones. */
function ringOf(
  first: Wanted,
  byOrigin: ReadonlyMap<BytePath, Wanted>,
  waitsFor: ReadonlyMap<Wanted, number>,
): Wanted[] | undefined {
  const ring: Wanted[] = [];
  for (let at = first; ;) {
    if (waitsFor.get(at) !== 1) return undefined;
    ring.push(at);
    const next = byOrigin.get(at.to);
    if (next === first) return ring;
    if (next === undefined || ring.includes(next)) return undefined;
    at = next;
  }
}

/**
 * a -> b -> c -> a: once a and b have changed places, b has what it should, and a what c should
 * have; and so on.
 */
function exchanges(ring: readonly Wanted[]): Move[] {
  const [first] = ring;
  if (first === undefined) return [];
  return ring.slice(0, -1).map(({ to }) => ({ from: first.from, to, exchange: true }));
}
