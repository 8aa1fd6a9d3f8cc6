/** Writes the capabilities of the roles table into the systemd units. */
import type { Capability } from '../master/sandbox/capabilities.js';
import { MONITOR_CAPABILITIES, ROLES } from '../master/sandbox/roles.js';
import { TO_COPY } from '../master/sandbox/terms.js';

/** In any mode. */
const EXECUTOR = [...ROLES.executor.capabilities, ...TO_COPY];

/** By the unit's file name: its settings that are generated, and the capabilities in each. */
const SETTINGS: Readonly<Record<string, Readonly<Record<string, readonly Capability[]>>>> = {
  // The roles' capabilities, and those the monitor needs to start them.
  'clsync@.service': {
    CapabilityBoundingSet: [
      ...new Set([...ROLES.watcher.capabilities, ...EXECUTOR, ...MONITOR_CAPABILITIES]),
    ],
  },
  'clsync-restricted@.service': {
    CapabilityBoundingSet: EXECUTOR,
    AmbientCapabilities: EXECUTOR,
  },
};
export const UNITS: readonly string[] = Object.keys(SETTINGS);

/** The text of a unit with its settings renewed. */
export function renewedUnit(name: string, text: string): string {
  return Object.entries(SETTINGS[name] ?? {}).reduce(
    (rest, [setting, capabilities]) =>
      rest.replace(
        new RegExp(`^${setting}=.*$`, 'm'),
        `${setting}=${[...capabilities]
          .sort()
          .map((capability) => `CAP_${capability}`)
          .join(' ')}`,
      ),
    text,
  );
}
