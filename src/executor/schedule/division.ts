/**
 * Where much has changed in some lanes (src/shared/lanes.ts), the others are synced apart from
 * them, in turn: what takes long does not keep waiting what came at the same time. Pure.
 */
import { ROOT } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { Lanes } from './lanes.js';

export class Division {
  private wasLight = false;

  /** Which lanes are taken of the queues; undefined: all. */
  choose(queues: Iterable<Lanes>): ((lane: BytePath) => boolean) | undefined {
    const [heavy, light] = [new Set<BytePath>(), new Set<BytePath>()];
    for (const queue of queues) queue.weigh(heavy, light);
    for (const lane of heavy) light.delete(lane);
    // The whole tree has the others in it.
    if (heavy.size === 0 || light.size === 0 || heavy.has(ROOT)) return undefined;
    this.wasLight = !this.wasLight;
    const chosen = this.wasLight ? light : heavy;
    return (lane) => chosen.has(lane);
  }
}
