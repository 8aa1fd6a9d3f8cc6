/** Opens a monitor on the event source that the settings name. */
import { display } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { DESCRIPTORS } from '../../shared/layout.js';
import { MONITORS } from '../../shared/monitors.js';
import type { WatcherSettings } from '../../shared/settings.js';
import type { Monitor } from './monitor.js';
import { NativeMonitor } from './native.js';

/**
 * Throws `ClsyncError` when the watch directory cannot be watched.
 * @param mounts of `openMountTable`, open for as long as the monitor
 */
export function openMonitor(
  settings: WatcherSettings,
  root: BytePath,
  mounts: number,
  wake: () => void,
): Monitor {
  const { descriptors } = MONITORS[settings.monitor];
  const granted = descriptors === 0 ? undefined : DESCRIPTORS.granted;
  let monitor: NativeMonitor | undefined;
  try {
    monitor = new NativeMonitor(settings, root, granted, mounts, wake);
    monitor.setRules(settings.rules);
    return monitor;
  } catch (error) {
    monitor?.close();
    throw explained(error as NodeJS.ErrnoException, settings);
  }
}

function explained(error: NodeJS.ErrnoException, settings: WatcherSettings): Error {
  const { code = '', syscall = '' } = error;
  const directory = display(settings.watchDirectory);
  if (syscall === 'source_open') return new ClsyncError(MONITORS[settings.monitor].notOpened, code);
  switch (code) {
    case 'ENOENT':
      return new ClsyncError('PATH_ABSENT', '--watch-dir', directory);
    case 'ENOTDIR':
    case 'ELOOP':
      return new ClsyncError('PATH_NOT_DIRECTORY', '--watch-dir', directory);
    case 'EACCES':
    case 'EPERM':
      return new ClsyncError('PATH_DENIED', '--watch-dir', directory, code);
    default:
      return error;
  }
}
