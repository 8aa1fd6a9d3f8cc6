/**
 * The monitor knows the owners of the first directories. Another owner of the same directory it is
 * told to accept: the mirror follows the source, whose owner may have been changed.
 */
import type { Ground } from './ground/ground.js';
import type { Monitor } from './monitor/monitor.js';

export class KnownOwners {
  /** @param owners as `Ground.owners` */
  constructor(private owners: string) {}

  /** Takes the ground for a crew. Throws as `Ground.take`. */
  take(ground: Ground, monitor: Monitor): void {
    ground.take();
    if (ground.owners === this.owners) return;
    // Whatever it accepts in place of what was taken, it forgets with the next that is taken.
    this.owners = '';
    monitor.accept();
    // What was accepted is what was taken.
    ground.take();
    this.owners = ground.owners;
  }
}
