/** Opens what `--state-dir` keeps. */
import { DESCRIPTORS } from '../../shared/layout.js';
import { takesDirectories } from '../../shared/modes.js';
import type { ExecutorSettings } from '../../shared/settings.js';
import { STATE_FILES } from '../../shared/state/files.js';
import { samenessBy } from './rows.js';
import { State } from './state.js';
import type { StateContext } from './context.js';

/** Undefined: nothing is kept. */
export function stateOf(
  settings: ExecutorSettings,
  around: Omit<
    StateContext,
    'watchDirectory' | 'takesWhole' | 'isAsBefore' | 'skipsInitial' | 'syncsAll'
  >,
): State | undefined {
  if (settings.keepsState !== true) return undefined;
  return new State(
    STATE_FILES.map((_, index) => DESCRIPTORS.granted + index),
    {
      ...around,
      watchDirectory: settings.watchDirectory,
      takesWhole: takesDirectories(settings.mode, settings),
      isAsBefore: samenessBy(settings.comparedFields ?? []),
      skipsInitial: settings.skipInitialSync,
      syncsAll: settings.fullInitialSync,
    },
  );
}
