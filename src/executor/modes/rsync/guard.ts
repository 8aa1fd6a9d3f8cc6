/**
 * What a run of rsync must not delete: names at the destination that the rules refuse. A local
 * destination is looked at; of a remote one rsync is asked what it would delete.
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
  /** Topmost names to be deleted. */
  readonly stale: readonly BytePath[];
  /** For what is to be left alone. */
  readonly patterns: readonly string[];
  /** The other side could not be asked. */
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
   * Another program in rsync's place, and another host's side of it, is not asked: it may do what
   * it is told.
   */
  isNeeded(situation: Situation): boolean {
    return (
      this.protection.isNeeded(situation) &&
      (this.rsync.local !== undefined || isRsync(handlerOf(this.services)))
    );
  }

  /** @param places where the call deletes */
  async look(places: Places, call: RsyncCall, situation: Situation): Promise<Spared> {
    const { local } = this.rsync;
    if (local !== undefined) return this.divide(await extrasIn(this.services, local, places));
    if (places.length === 0) return NOTHING;
    const deletions = new RsyncDeletions();
    const failure = await this.rsync.run(
      { ...call, options: [...call.options, ...REHEARSING] },
      situation,
      deletions,
    );
    if (failure !== undefined) return { ...NOTHING, failure };
    return deletions.overflowed
      ? { ...NOTHING, failure: TOO_MANY }
      : this.divide(deletions.extras());
  }

  private divide(extras: readonly Extra[]): Spared {
    const { refused, stale } = this.protection.divide(extras);
    return { stale, patterns: refused.map(exactPattern) };
  }
}
