/**
 * Opens a monitor on the event source that the settings name, or on another where that cannot be.
 */
import { closeSync } from 'node:fs';
import { display } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { mountOf, mountTableIn } from '../../shared/mount-table.js';
import { EVERYWHERE, MONITORS } from '../../shared/monitors.js';
import type { MonitorName } from '../../shared/monitors.js';
import type { Report } from '../../shared/report.js';
import { systemReason } from '../../shared/system-errors.js';
import type { WatcherSettings } from '../../shared/settings.js';
import type { Monitor } from './monitor.js';
import { NativeMonitor } from './native.js';
import type { Granted } from './native.js';

export interface Opening {
  readonly settings: WatcherSettings;
  /** A path of the watch directory. */
  readonly root: BytePath;
  /** Of `openMountTable`, open for as long as the monitor. */
  readonly mounts: number;
  /** Taken over. */
  readonly granted: Granted;
  readonly report: Report;
}

/** What the C part calls the opening of a source. */
const SOURCE = 'source_open';

/** Throws `ClsyncError` when the watch directory cannot be watched. */
export function openMonitor(opening: Opening, wake: () => void): Monitor {
  const { settings, granted, report } = opening;
  const wanted = settings.monitor;
  let reason = refusal(opening);
  if (reason === undefined) {
    try {
      return open(wanted, opening, wake);
    } catch (error) {
      const { code = '', syscall } = error as NodeJS.ErrnoException;
      // Who asked for it can give the right to it; whoever left the choice need not.
      const denied = code === 'EPERM' && settings.monitorReason === undefined;
      const may = MONITORS[wanted].mark !== undefined && syscall === SOURCE && !denied;
      if (!may) throw explained(error as NodeJS.ErrnoException, wanted, settings);
      reason = `the kernel cannot mark this file system (${systemReason(error)})`;
    }
  } else closeAll(granted);
  const level = settings.monitorReason === undefined ? 'warning' : 'info';
  report(level, `--monitor=${wanted}: ${reason}; ${EVERYWHERE} is used`);
  try {
    return open(EVERYWHERE, { ...opening, granted: {} }, wake);
  } catch (error) {
    throw explained(error as NodeJS.ErrnoException, EVERYWHERE, settings);
  }
}

/** Why the source is not even tried; undefined: it is. */
function refusal({ settings, mounts }: Opening): string | undefined {
  const { mark } = MONITORS[settings.monitor];
  if (mark === undefined) return undefined;
  const type = mountOf(settings.watchDirectory, mountTableIn(mounts))?.type ?? '?';
  return mark.types.includes(type) ? undefined : `it is not for file systems of type ${type}`;
}

/**
 * Whether nothing but the watch itself would need a walk: everything in a directory is one entry,
 * and nobody has to hear what the rules refuse, what is compared later, or what has just changed.
 */
function mayBeLazy({ detail, rules, settle, listings, recheckInterval }: WatcherSettings): boolean {
  const isWalked = listings === true || settle > 0 || recheckInterval > 0 || rules.length > 0;
  return detail === 'recursive' && !isWalked;
}

function closeAll({ events, resolver }: Granted): void {
  for (const descriptor of [events, resolver]) if (descriptor !== undefined) closeSync(descriptor);
}

/** Throws an errno error; with `SOURCE` as `syscall`, that of the source. */
function open(
  source: MonitorName,
  { settings, root, granted, mounts }: Opening,
  wake: () => void,
): Monitor {
  const { events, resolver } = granted;
  const isLazy = mayBeLazy(settings);
  if (!isLazy) closeAll({ resolver });
  const taken = { events, resolver: isLazy ? resolver : undefined };
  const monitor = new NativeMonitor(source, settings, root, taken, mounts, wake);
  try {
    monitor.setRules(settings.rules);
    return monitor;
  } catch (error) {
    monitor.close();
    throw error;
  }
}

function explained(
  error: NodeJS.ErrnoException,
  source: MonitorName,
  settings: WatcherSettings,
): Error {
  const { code = '', syscall = '' } = error;
  const directory = display(settings.watchDirectory);
  if (syscall === SOURCE) return new ClsyncError(MONITORS[source].notOpened, systemReason(error));
  switch (code) {
    case 'ENOENT':
      return new ClsyncError('PATH_ABSENT', '--watch-dir', directory);
    case 'ENOTDIR':
    case 'ELOOP':
      return new ClsyncError('PATH_NOT_DIRECTORY', '--watch-dir', directory);
    case 'EACCES':
    case 'EPERM':
      return new ClsyncError('PATH_DENIED', '--watch-dir', directory);
    default:
      return error;
  }
}
