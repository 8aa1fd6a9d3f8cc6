/**
 * The ground of all members. With one destination it is one ground; of several, each local one has
 * its own, as nobody but its executor waits for it.
 */
import { closeSync } from 'node:fs';
import type { BytePath } from '../../shared/bytes.js';
import type { DirectoryIdentity } from '../../shared/directory-identity.js';
import type { OpenedPath } from '../open-path.js';
import { letGo } from '../sandbox/held.js';
import type { Held, Holding } from '../sandbox/held.js';
import type { Member } from '../sandbox/roles.js';
import type { Eyes } from './eyes.js';
import type { Ground } from './ground.js';

export class Grounds {
  /** @param own by the number of the destination; undefined: it is on another host */
  constructor(
    /** Of what all need. */
    readonly shared: Ground,
    private readonly own: readonly (Ground | undefined)[] = [],
  ) {}

  get eyes(): Eyes {
    return this.shared.eyes;
  }

  get all(): readonly Ground[] {
    return [this.shared, ...this.own.filter((one) => one !== undefined)];
  }

  /** What this member needs and others do not. */
  of({ role, destination }: Member): Ground | undefined {
    return role === 'executor' ? this.own[destination] : undefined;
  }

  /** What was taken for the executor of a destination, to be recalled in a later run. */
  identitiesOf(destination: number): Ground['identities'] {
    return { ...this.shared.identities, ...this.own[destination]?.identities };
  }

  /** As `Ground.recall`, of this destination. */
  recall(destination: number, identity: DirectoryIdentity | undefined): void {
    (this.own[destination] ?? this.shared).recall(identity);
  }

  /** As `Ground.hold`, of all; each member is shown its own. */
  hold(): Holding {
    const [all, own] = [new Map<BytePath, OpenedPath>(), new Map<Ground, Held>()];
    try {
      for (const ground of this.all) {
        const held = ground.hold();
        own.set(ground, held);
        for (const [path, opened] of held)
          if (all.has(path)) closeSync(opened.descriptor);
          else all.set(path, opened);
      }
    } catch (error) {
      for (const held of own.values()) letGo(held);
      throw error;
    }
    const by = (member: Member): Held => {
      const ground = this.of(member);
      const shared = own.get(this.shared) ?? [];
      return new Map([...shared, ...((ground && own.get(ground)) ?? [])]);
    };
    return { all, by };
  }
}
