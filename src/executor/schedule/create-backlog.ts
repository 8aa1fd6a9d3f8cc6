/** The backlog that the settings ask for. */
import type { BytePath } from '../../shared/bytes.js';
import { EntryFlag } from '../../shared/entry.js';
import { MODE_TRAITS, collapses } from '../../shared/modes.js';
import type { Report } from '../../shared/report.js';
import type { ExecutorSettings } from '../../shared/settings.js';
import type { Tree } from '../lists/tree.js';
import type { Backlog, Delays } from './backlog.js';
import { Queues } from './queues.js';
import { Sequence } from './sequence.js';
import { SettledFiles } from './settled-files.js';
import { Settling } from './settling.js';
import type { Turns } from './turns.js';

export const AT_ONCE: Delays = { normal: 0, big: 0, sync: 0 };

export interface BacklogParts {
  /** As they are by then: they change while it runs. */
  readonly settings: () => ExecutorSettings;
  readonly tree: Tree;
  readonly turns: Turns;
  /** Whether syncs of the mode may run beside another one. */
  readonly overtakes: () => boolean;
  readonly report: Report;
}

export function createBacklog(parts: BacklogParts): Backlog {
  const settings = parts.settings();
  if (MODE_TRAITS[settings.mode].sequence) return new Sequence();
  const queues = new Queues(
    delaysOf(settings),
    instantFlags(settings),
    parts.turns,
    collapses(settings.mode, settings) && !settings.twoWay,
    () => parts.overtakes() && parts.settings().threading === 'off',
    (text) => parts.report('debug2', text),
    () => parts.settings().bigWhenClosed === true,
  );
  return settings.settle === 0 ? queues : settling(queues, settings, parts);
}

export function delaysOf(settings: ExecutorSettings): Delays {
  return { normal: settings.delayCollect, big: settings.delayCollectBig, sync: settings.delaySync };
}

/** With `--settle`, files come to these queues once they have settled. */
function settling(
  queues: Queues,
  { settle, settleLimit }: ExecutorSettings,
  { tree, report }: BacklogParts,
): Backlog {
  const full = (most: number): void =>
    report('warning', `${most} files wait to settle (--settle): further ones do not wait`);
  const context = { look: (path: BytePath) => tree.lstat(path), wall: () => Date.now(), full };
  return new SettledFiles(queues, new Settling({ quiet: settle, limit: settleLimit }, context));
}

/** Flags of entries that are synced without a delay: those found by a walk. */
function instantFlags({ mode }: ExecutorSettings): number {
  const { instantDirectories } = MODE_TRAITS[mode];
  return EntryFlag.initial | (instantDirectories ? EntryFlag.recursive : 0);
}
