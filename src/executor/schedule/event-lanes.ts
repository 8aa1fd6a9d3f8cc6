/**
 * Events that wait, in the order in which they came. Where only some can be taken, each lane
 * (src/shared/lanes.ts) has its share; within a lane the order is kept. Pure.
 */
import { ROOT } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ObjectType } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import { laneOf, sharesOf } from '../../shared/lanes.js';

/** An event with its place in the order of all. */
export interface Numbered {
  readonly number: number;
  readonly entry: Entry;
}

/** Events behind `at` wait; those before it are gone. */
interface Lane {
  events: Numbered[];
  at: number;
}

/** Events that are gone are dropped once they are so many, and half of all. */
const WORTH_IT = 1024;

export class EventLanes {
  private readonly lanes = new Map<BytePath, Lane>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  add(event: Numbered): void {
    const name = laneOfEvent(event.entry);
    const lane = this.lanes.get(name) ?? { events: [], at: 0 };
    this.lanes.set(name, lane);
    lane.events.push(event);
    this.count++;
  }

  /** Events that were taken wait again, before all that came after them. */
  putBack(events: readonly Numbered[]): void {
    const names = new Set(events.map(({ entry }) => laneOfEvent(entry)));
    for (const event of events) this.add(event);
    for (const name of names) {
      const lane = this.lanes.get(name) as Lane;
      this.lanes.set(name, { events: inOrder(lane.events.slice(lane.at)), at: 0 });
    }
  }

  /**
   * Takes at most so many, in their order. A lane is taken up to its first locked event.
   * @param keeps takes the event over, as it has to wait
   */
  take(
    most: number,
    isLocked: (entry: Entry) => boolean,
    keeps: (event: Numbered) => boolean,
  ): Numbered[] {
    const lanes = [...this.lanes];
    const shares = sharesOf(
      lanes.map(([, { events, at }]) => events.length - at),
      most,
    );
    const taken = lanes.flatMap(([name, lane], index) =>
      this.takeOf(name, lane, shares[index] as number, isLocked, keeps),
    );
    return inOrder(taken);
  }

  *values(): Generator<Entry> {
    const all = [...this.lanes.values()].flatMap(({ events, at }) => events.slice(at));
    for (const { entry } of inOrder(all)) yield entry;
  }

  private takeOf(
    name: BytePath,
    lane: Lane,
    most: number,
    isLocked: (entry: Entry) => boolean,
    keeps: (event: Numbered) => boolean,
  ): Numbered[] {
    const taken: Numbered[] = [];
    for (; lane.at < lane.events.length && taken.length < most; lane.at++) {
      const event = lane.events[lane.at] as Numbered;
      if (isLocked(event.entry)) break;
      if (!keeps(event)) taken.push(event);
      this.count--;
    }
    if (lane.at === lane.events.length) this.lanes.delete(name);
    else if (lane.at > WORTH_IT && 2 * lane.at > lane.events.length) {
      lane.events = lane.events.slice(lane.at);
      lane.at = 0;
    }
    return taken;
  }
}

/** Files in the root share one lane, so that their order is kept, too. */
function laneOfEvent({ path, before, after }: Entry): BytePath {
  const isDirectory = before === ObjectType.directory || after === ObjectType.directory;
  return path.includes('/') || isDirectory ? laneOf(path) : ROOT;
}

function inOrder(events: readonly Numbered[]): Numbered[] {
  return [...events].sort((one, other) => one.number - other.number);
}
