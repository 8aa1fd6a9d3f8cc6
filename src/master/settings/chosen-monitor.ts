/** What `--monitor` means on this host, for this watch directory. */
import type { BytePath } from '../../shared/bytes.js';
import { MODE_TRAITS } from '../../shared/modes.js';
import { mountOf, mountTable } from '../../shared/mount-table.js';
import type { Mounted } from '../../shared/mount-table.js';
import { EVERYWHERE, MONITORS } from '../../shared/monitors.js';
import type { MonitorChoice, MonitorName } from '../../shared/monitors.js';
import { maskOf, ownCapabilities } from '../sandbox/capabilities.js';
import type { Paths } from './load-paths.js';

export interface ChosenMonitor {
  readonly monitor: MonitorName;
  /** Why it is that one, where the user has left the choice. */
  readonly monitorReason?: string;
}

/** What `auto` looks at. */
export interface MonitorGround {
  readonly watchDirectory: BytePath;
  /** What is handed over is every event, in order. */
  readonly sequence: boolean;
  /** Whether the launcher has the right to mark a file system. */
  readonly mayMark: boolean;
  readonly mounts: () => readonly Mounted[];
}

const MARKING: MonitorName = 'fanotify';

/** At the start, as the daemon's rights and the mounts are then. */
export function chosenMonitor(
  choice: MonitorChoice,
  { watchDirectory, mode }: Paths,
): ChosenMonitor {
  return chooseMonitor(choice, {
    watchDirectory,
    sequence: MODE_TRAITS[mode].sequence,
    mayMark: (ownCapabilities().effective & maskOf(['SYS_ADMIN'])) !== 0n,
    mounts: mountTable,
  });
}

/** Pure. */
export function chooseMonitor(choice: MonitorChoice, ground: MonitorGround): ChosenMonitor {
  if (choice !== 'auto') return { monitor: choice };
  const reason = againstMark(ground);
  return reason === undefined
    ? { monitor: MARKING, monitorReason: 'one mark for its file system' }
    : { monitor: EVERYWHERE, monitorReason: reason };
}

function againstMark({ watchDirectory, sequence, mayMark, mounts }: MonitorGround) {
  if (!mayMark) return `without CAP_SYS_ADMIN there is no ${MARKING}`;
  if (sequence) return `this mode gets every event, and ${MARKING} merges some`;
  const type = mountOf(watchDirectory, mounts())?.type ?? '?';
  const isKnown = MONITORS[MARKING].mark?.types.includes(type) === true;
  return isKnown ? undefined : `${MARKING} is not for file systems of type ${type}`;
}
