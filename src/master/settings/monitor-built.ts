/** Whether the event source is part of this build: some need a library. */
import { existsSync } from 'node:fs';
import { ClsyncError } from '../../shared/errors.js';
import { FILES } from '../../shared/layout.js';
import { MONITORS } from '../../shared/monitors.js';
import type { MonitorName } from '../../shared/monitors.js';

/** @param libraries the directory of the shared objects, with a slash at its end */
export function checkMonitor(monitor: MonitorName, libraries: string = FILES.libraries): void {
  const { library } = MONITORS[monitor];
  if (library !== undefined && !existsSync(libraries + library.file))
    throw new ClsyncError('MONITOR_NOT_BUILT', monitor, library.package);
}
