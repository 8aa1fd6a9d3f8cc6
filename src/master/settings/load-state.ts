/** What `--state-dir` is opened with. */
import type { BytePath } from '../../shared/bytes.js';
import { native } from '../../shared/native.js';
import type { OptionName } from '../options/table.js';
import { openStates } from '../state-directory.js';
import type { StateDirectory, StateIdentity } from '../state-directory.js';
import { executorGrants } from '../sandbox/grants.js';
import type { Loaded } from './load.js';

/** Options that change what is handed over, or what a handler makes of it. */
const OPTIONS: readonly OptionName[] = [
  'one-file-system',
  'exclude-mount-points',
  'allow-fuse',
  'rsync-prefer-include',
  'have-recursive-sync',
  'two-way',
  'mirror-setid',
  'mirror-devices',
  'handler-capabilities',
  'sync-handler-uid',
  'sync-handler-gid',
  'uid',
  'gid',
  'compat',
];

/** Opens the state of each destination; there may be none to be kept. Throws ClsyncError. */
export function statesOf(loaded: Loaded): readonly StateDirectory[] {
  const { stateDirectory } = loaded.paths;
  if (stateDirectory === undefined) return [];
  const all = [loaded, ...loaded.others];
  return openStates(stateDirectory, all.map(identityOf), all.flatMap(reachedBy));
}

/** The trees of the mirror, and what else handlers are shown but programs and system files. */
function reachedBy({ sandbox }: Loaded): BytePath[] {
  return executorGrants(sandbox).map(({ path }) => path);
}

/** By the names that the warning about another one uses. */
function identityOf({ options, watcher, executor }: Loaded): StateIdentity {
  const { mode, destination = '', handler = '', handlerArguments } = executor;
  const rules = watcher.rules.map(({ allow, kind, pattern }) => [allow, kind, pattern]);
  return {
    source: watcher.watchDirectory,
    destination,
    mode,
    handler: JSON.stringify([handler, handlerArguments]),
    rules: native.checksum(Buffer.from(JSON.stringify(rules))).toString(16),
    options: JSON.stringify([
      ...OPTIONS.map((name) => options[name] ?? ''),
      // Absent where states of earlier versions have none.
      ...[options['mirror-attributes']].filter((names) => names !== undefined),
    ]),
  };
}
