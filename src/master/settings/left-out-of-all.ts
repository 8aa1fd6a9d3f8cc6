/** What one of several destinations keeps in itself is left out for all: one watcher sees it. */
import { leavingOut } from './left-out.js';
import { neverSynced } from './load-paths.js';
import type { Paths } from './load-paths.js';
import type { ExecutorSettings, WatcherSettings } from '../../shared/settings.js';

interface Parts<T> {
  readonly paths: Paths;
  readonly watcher: WatcherSettings;
  readonly executor: ExecutorSettings;
  readonly others: readonly T[];
}

/** The same settings, with rules for that before those of the user. */
export function leavingOutForAll<T extends Parts<T>>(loaded: T): T {
  const { watcher, others } = loaded;
  const known = new Set(watcher.rules.map((rule) => JSON.stringify(rule)));
  const more = leavingOut([...new Set(others.flatMap(({ paths }) => neverSynced(paths)))]);
  const added = more.filter((rule) => !known.has(JSON.stringify(rule)));
  if (added.length === 0) return loaded;
  const rules = [...added, ...watcher.rules];
  const withRules = (one: T): T => ({
    ...one,
    watcher: { ...one.watcher, rules },
    executor: { ...one.executor, rules },
  });
  return { ...withRules(loaded), others: others.map(withRules) };
}
