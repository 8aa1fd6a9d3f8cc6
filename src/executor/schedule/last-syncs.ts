/** The syncs before an orderly end: of all that is pending, with one try each. */
import type { ExecutorSettings } from '../../shared/settings.js';
import type { Failure } from '../modes/failure.js';
import type { Backlog } from './backlog.js';
import type { SchedulerContext } from './context.js';
import { isBroken } from './execution.js';
import type { Execution } from './execution.js';

/** To be called when no sync runs, and none begins. Returns the first failure. */
export async function lastSyncs(
  { paused }: ExecutorSettings,
  backlog: Backlog,
  execution: Execution,
  around: SchedulerContext,
  now: () => number,
): Promise<Failure | undefined> {
  if (paused === true) return undefined;
  await around.quiet();
  backlog.release(-Infinity);
  const unsettled = backlog.settleNow(now());
  if (unsettled > 0)
    around.report('info', `synced before they have settled (--settle): ${unsettled} files`);
  let failure: Failure | undefined;
  for (let left = backlog.size; left > 0;) {
    const entries = backlog.takeAll(now());
    if (entries.length === 0) break;
    left -= entries.length;
    around.status('terminating');
    const troubles = await execution.run(entries);
    failure ??= troubles[0]?.failure;
    if (troubles.some(isBroken)) break;
  }
  return failure;
}
