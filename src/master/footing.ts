/** The ground that crews stand on: taken before they start, and guarded while they run. */
import type { Crew } from './crew.js';
import type { Ground } from './ground/ground.js';
import type { Grounds } from './ground/grounds.js';
import { Obstacle } from './ground/obstacle.js';
import { KnownOwners } from './known-owners.js';
import type { Monitor } from './monitor/monitor.js';
import type { Member } from './sandbox/roles.js';

export class Footing {
  private readonly owners: ReadonlyMap<Ground, KnownOwners>;

  /** @param isNew no earlier run has left what could be told apart from what is there */
  constructor(
    private readonly grounds: Grounds,
    private readonly monitor: Monitor,
    private readonly executors: readonly Member[],
    isNew: boolean,
  ) {
    this.owners = new Map(
      grounds.all.map((one) => [one, new KnownOwners(isNew ? one.owners : '')]),
    );
  }

  /**
   * Throws Obstacle where all need what is not there. Returns who else cannot be started.
   * @param isStart throws for those, too; but for one whose destination is not the one that an
   * earlier run has filled, which waits, unless they end by themselves
   */
  take(isStart: boolean, endsByItself: boolean): ReadonlyMap<Member, Obstacle> {
    const absent = new Map<Member, Obstacle>();
    this.takeOne(this.grounds.shared);
    for (const member of this.executors)
      try {
        this.takeFor(member);
      } catch (error) {
        if (!(error instanceof Obstacle)) throw error;
        if (isStart && (endsByItself || error.code !== 'DESTINATION_OTHER')) throw error;
        absent.set(member, error);
      }
    return absent;
  }

  /** What this one alone needs. Throws Obstacle. */
  takeFor(member: Member): void {
    const own = this.grounds.of(member);
    if (own !== undefined) this.takeOne(own);
  }

  /** Who needs what is lost leaves. Until the function returned is called. */
  guard(crew: Crew): () => void {
    const guards = [
      this.grounds.shared.guard((loss) => crew.lost(loss)),
      ...this.executors.flatMap(
        (member) => this.grounds.of(member)?.guard((loss) => crew.leave(member, loss)) ?? [],
      ),
    ];
    return () => {
      for (const end of guards) end();
    };
  }

  private takeOne(ground: Ground): void {
    this.owners.get(ground)?.take(ground, this.monitor);
  }
}
