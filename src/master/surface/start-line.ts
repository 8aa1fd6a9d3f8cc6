/** The first line of the log: what the daemon is about to do, and how it is confined. */
import { display } from '../../shared/bytes.js';
import type { SandboxPlan } from '../sandbox/decision.js';
import type { Loaded } from '../settings/load.js';
import { version } from './help.js';
import type { Facts } from './status.js';

/** Read once: later the master may not open the file. */
const VERSION = version();

export function startInWords(loaded: Loaded, plan: SandboxPlan): string {
  const { clsync, source, destination, mode, monitor, sandbox } = factsOf(loaded, plan);
  const { monitorReason: reason } = loaded.watcher;
  const chosen = reason === undefined ? monitor : `${monitor} (auto: ${reason})`;
  const more = loaded.others.flatMap(({ paths }) => paths.destination ?? []).map(display);
  const all = [destination, ...more].filter((one) => one !== undefined);
  const to = all.length === 0 ? '' : ` -> ${all.join(', ')}`;
  return `clsync ${clsync}: ${source}${to}, mode ${mode}, monitor ${chosen}, sandbox: ${sandbox}`;
}

export function factsOf({ paths, watcher }: Loaded, plan: SandboxPlan): Facts {
  const { watchDirectory, destination, mode } = paths;
  return {
    clsync: VERSION,
    source: display(watchDirectory),
    destination: destination === undefined ? undefined : display(destination),
    mode,
    monitor: watcher.monitor,
    sandbox: sandboxInWords(plan),
  };
}

/** What keeps handlers from the rest of the host, in a few words. */
export function sandboxInWords({ settings, executor, filters, missing }: SandboxPlan): string {
  const { identity, view, landlock, namespaces } = executor;
  const parts = [
    identity === undefined ? "the starter's uid" : `uid ${identity.uid}`,
    ...(view === undefined ? [] : ['a view of its own']),
    ...(namespaces?.kinds.includes('network') === true ? ['no network'] : []),
    ...(landlock === undefined ? [] : ['Landlock']),
    ...(filters && executor.seccomp !== undefined ? ['system call filter'] : []),
    ...(settings.compat ? ["the starter's rights for handlers (--compat)"] : []),
    ...(missing.length === 0 ? [] : [`${missing.length} means missing (see the warnings)`]),
  ];
  return parts.join(', ');
}
