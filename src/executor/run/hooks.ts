/** Hooks: `HOOK LABEL`, with the handler's ids and environment. */
import { display, fromText } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import type { Report } from '../../shared/report.js';
import type { ExecutorSettings } from '../../shared/settings.js';
import { environmentOf } from '../modes/mode.js';
import type { Situation } from '../modes/mode.js';
import { Complaints } from './complaints.js';
import { describeEnding, exitStatusOf } from './ending.js';
import type { Runner } from './runner.js';

/** What a hook is given. */
interface Given {
  readonly situation: Situation;
  /** `NAME=value`, besides the handler's environment. */
  readonly variables?: readonly string[];
  /** Its standard input. */
  readonly input?: Buffer | undefined;
}

/**
 * Resolves with its exit status, computed like a handler's. Only reports a hook that fails, and the
 * option that would allow what it was denied.
 */
export async function runHook(
  hook: BytePath,
  { situation, variables = [], input }: Given,
  runner: Pick<Runner, 'run'>,
  settings: ExecutorSettings,
  report: Report,
): Promise<number> {
  // A hook speaks of its own: it may be about a host that the destination is not on.
  const refusals = new Complaints(settings.reach, false);
  const ending = await runner.run({
    words: [hook, settings.label],
    directory: settings.watchDirectory,
    environment: [...environmentOf(settings, situation), ...variables.map(fromText)],
    ...(settings.reach && { errors: refusals }),
    timeout: settings.timeoutSync,
    ...(input && { input }),
  });
  const exit = exitStatusOf(ending);
  if (exit === 0) return exit;
  const { message } = new ClsyncError('HOOK_FAILED', display(hook), describeEnding(ending));
  report('error', message);
  const hint = refusals.hint ?? (refusals.denied ? settings.permissionHint : undefined);
  if (hint !== undefined) report('error', hint);
  return exit;
}
