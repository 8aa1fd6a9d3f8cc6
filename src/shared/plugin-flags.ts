/**
 * Options as a handler finds them in `ctx.flags` (include/clsync/ctx.h): by their letter, or the
 * number the C program gave them.
 */
import { MODE_TRAITS } from './modes.js';
import { LEVELS } from './report.js';
import type { ExecutorSettings } from './settings.js';

interface Flag {
  /** In `ctx.flags`. */
  readonly index: number;
  readonly value: (settings: ExecutorSettings) => number;
}

const letter = (short: string): number => short.charCodeAt(0);
const THREADING = ['off', 'safe', 'full'] as const;

export const FLAGS = {
  mode: { index: letter('M'), value: ({ mode }) => MODE_TRAITS[mode].number ?? 0 },
  debug: {
    index: letter('d'),
    value: ({ logLevel }) => Math.max(0, LEVELS.indexOf(logLevel) - LEVELS.indexOf('info')),
  },
  threading: { index: letter('p'), value: ({ threading }) => THREADING.indexOf(threading) },
  dontUnlinkLists: { index: letter('U'), value: (settings) => Number(settings.dontUnlinkLists) },
  fullInitialSync: { index: letter('F'), value: (settings) => Number(settings.fullInitialSync) },
  haveRecursiveSync: { index: 512, value: (settings) => Number(settings.haveRecursiveSync) },
  rsyncPreferInclude: { index: 514, value: (settings) => Number(settings.rsyncPreferInclude) },
  oneFileSystem: { index: 516, value: (settings) => Number(settings.oneFileSystem) },
  skipInitialSync: { index: 518, value: (settings) => Number(settings.skipInitialSync) },
  onlyInitialSync: { index: 519, value: (settings) => Number(settings.onlyInitialSync) },
  exitOnNoEvents: { index: 520, value: (settings) => Number(settings.exitOnNoEvents) },
  maxIterations: { index: 528, value: ({ maxIterations }) => maxIterations },
  ignoreFailures: { index: 529, value: (settings) => Number(settings.ignoreFailures) },
} as const satisfies Readonly<Record<string, Flag>>;

/** Index and value of each. */
export function flagsOf(settings: ExecutorSettings): [number, number][] {
  return Object.values(FLAGS).map(({ index, value }: Flag) => [index, value(settings)]);
}
