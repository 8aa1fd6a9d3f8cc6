/** The pre-exit and exit hooks: `HOOK LABEL`, with the handler's ids and environment. */
import { display } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import type { Report } from '../../shared/report.js';
import type { ExecutorSettings } from '../../shared/settings.js';
import { environmentOf } from '../modes/mode.js';
import type { Situation } from '../modes/mode.js';
import { describeEnding, exitStatusOf } from './ending.js';
import type { Ending } from './ending.js';
import type { Runner } from './runner.js';

/** Resolves with its exit status, computed like a handler's. Only reports a hook that fails. */
export async function runHook(
  hook: BytePath,
  runner: Runner,
  settings: ExecutorSettings,
  situation: Situation,
  report: Report,
): Promise<number> {
  const ending = await runner.run({
    words: [hook, settings.label],
    directory: settings.watchDirectory,
    environment: environmentOf(settings, situation),
    timeout: settings.timeoutSync,
  });
  const exit = exitStatusOf(ending);
  if (exit !== 0) report('error', failureOf(hook, ending));
  return exit;
}

/** In words. */
export function failureOf(hook: BytePath, ending: Ending): string {
  return new ClsyncError('HOOK_FAILED', display(hook), describeEnding(ending)).message;
}
