/** Writes the capabilities of the roles table into the systemd units. */
import type { Capability } from '../master/sandbox/capabilities.js';
import { MONITOR_CAPABILITIES, ROLES } from '../master/sandbox/roles.js';

/** By the unit's file name: its settings that are generated, and the capabilities in each. */
const SETTINGS: Readonly<Record<string, Readonly<Record<string, readonly Capability[]>>>> = {
  // The roles' capabilities, and those the monitor needs to start them.
  'clsync@.service': {
    CapabilityBoundingSet: [
      ...new Set([
        ...ROLES.watcher.capabilities,
        ...ROLES.executor.capabilities,
        ...MONITOR_CAPABILITIES,
      ]),
    ],
  },
  'clsync-restricted@.service': {
    CapabilityBoundingSet: ROLES.executor.capabilities,
    AmbientCapabilities: ROLES.executor.capabilities,
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
