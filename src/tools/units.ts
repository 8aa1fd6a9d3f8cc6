/** The systemd units with the capabilities that the table of roles needs. */
import type { Capability } from '../master/sandbox/capabilities.js';
import { MASTER_CAPABILITIES, ROLES } from '../master/sandbox/roles.js';

/** By file name: the unit's settings, and what they hold. */
const SETTINGS: Readonly<Record<string, Readonly<Record<string, readonly Capability[]>>>> = {
  // What the master hands out, and what it takes to do so.
  'clsync@.service': {
    CapabilityBoundingSet: [
      ...new Set([
        ...ROLES.watcher.capabilities,
        ...ROLES.executor.capabilities,
        ...MASTER_CAPABILITIES,
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
