/**
 * Protects names at the destination that the rules refuse from a run of rsync that deletes. A local
 * destination is compared with the source; for a remote one rsync lists what it would delete.
 */
import type { BytePath } from '../../../shared/bytes.js';
import { exactPattern } from '../../lists/excludes.js';
import { extrasIn } from '../../lists/extras.js';
import type { Places } from '../../lists/extras.js';
import { Protection } from './protection.js';
import type { Extra } from './protection.js';
import { words } from '../../run/runner.js';
import { handlerOf, isRsync } from '../handler-call.js';
import type { Failure } from '../failure.js';
import type { Services, Situation } from '../mode.js';
import { PARTIAL, RSYNC_CODES } from './options.js';
import { RsyncDeletions } from './deletions.js';
import type { Rsync, RsyncCall } from './run.js';

export const REHEARSING = words('--dry-run', '--info=del');

export interface Spared {
  /** Names to be deleted, topmost only. */
  readonly stale: readonly BytePath[];
  /** Exclude patterns for the names that must not be deleted. */
  readonly patterns: readonly string[];
  /** Why the destination could not be examined. */
  readonly failure?: Failure;
}

const TOO_MANY: Failure = {
  ending: { kind: 'exited', code: PARTIAL },
  codes: RSYNC_CODES,
  exit: PARTIAL,
  grave: true,
  reason:
    'the destination has more names that the source has not than can be compared with the rules',
  denied: false,
};
const NOTHING: Spared = { stale: [], patterns: [] };

export class Guard {
  private readonly protection: Protection;

  constructor(
    private readonly services: Services,
    private readonly rsync: Rsync,
  ) {
    this.protection = new Protection(services.settings);
  }

  /**
   * Not needed for a remote destination with another program in rsync's place: it cannot list what
   * it would delete.
   */
  isNeeded(situation: Situation): boolean {
    return (
      this.protection.isNeeded(situation) &&
      (this.rsync.local !== undefined || isRsync(handlerOf(this.services)))
    );
  }

  /** Finds what the call would delete. @param places where the call deletes */
  async look(places: Places, call: RsyncCall, situation: Situation): Promise<Spared> {
    const { local } = this.rsync;
    if (local !== undefined) return this.divide(await extrasIn(this.services, local, places));
    if (places.length === 0) return NOTHING;
    const found = await this.rehearse(call, situation);
    return 'ending' in found ? { ...NOTHING, failure: found } : this.divide(found);
  }

  /** Has rsync say what the call would delete. */
  async rehearse(call: RsyncCall, situation: Situation): Promise<readonly Extra[] | Failure> {
    const deletions = new RsyncDeletions();
    const failure = await this.rsync.run(
      { ...call, options: [...call.options, ...REHEARSING] },
      situation,
      deletions,
    );
    return failure ?? (deletions.overflowed ? TOO_MANY : deletions.extras());
  }

  private divide(extras: readonly Extra[]): Spared {
    const { refused, stale } = this.protection.divide(extras);
    return { stale, patterns: refused.map(exactPattern) };
  }
}
