/** Writes the capabilities of the roles table into docs/PRIVSEP.md. */
import { maskOf } from '../master/sandbox/capabilities.js';
import type { Capability } from '../master/sandbox/capabilities.js';
import { CLERK_CAPABILITIES, MONITOR_CAPABILITIES, ROLES } from '../master/sandbox/roles.js';
import { TO_COPY } from '../master/sandbox/terms.js';

interface Sets {
  /** Permitted and effective. */
  readonly held: readonly Capability[];
  /** Inheritable and ambient. */
  readonly handedOn: readonly Capability[];
}

const { watcher, executor } = ROLES;
const MONITOR = [...MONITOR_CAPABILITIES, ...watcher.capabilities, ...executor.capabilities];
const NONE: Sets = { held: [], handedOn: [] };
const all = (names: readonly Capability[]): Sets => ({ held: names, handedOn: names });

/** By the first column of the table of processes. The bounding set equals `held`. */
const ROWS: Readonly<Record<string, Sets>> = {
  master: NONE,
  monitor: { held: MONITOR, handedOn: [] },
  clerk: { held: CLERK_CAPABILITIES, handedOn: [] },
  "watcher's keeper": NONE,
  "watcher's init": NONE,
  watcher: all(watcher.capabilities),
  "executor's keeper": NONE,
  "executor's init": NONE,
  executor: all(executor.capabilities),
  'mirroring executor': all([...executor.capabilities, ...TO_COPY]),
  "call's keeper": all(executor.capabilities),
  "executor's launcher": all(executor.capabilities),
};

/** Columns of the table, counted from the bar that begins a line. */
const COLUMN = { process: 1, held: 5, handedOn: 6, bounding: 7 } as const;

/** Returns the text with the masks in its table, and the list of what they mean, renewed. */
export function renewedPrivsep(text: string): string {
  const lines = text.split('\n').map((line) => {
    const cells = line.split('|');
    const sets = ROWS[cells[COLUMN.process]?.trim() ?? ''];
    if (cells.length < 10 || sets === undefined) return line;
    for (const [column, names] of [
      [COLUMN.held, sets.held],
      [COLUMN.handedOn, sets.handedOn],
      [COLUMN.bounding, sets.held],
    ] as const)
      cells[column] = ` ${mask(names)} `;
    return cells.join('|');
  });
  return lines
    .join('\n')
    .replace(/<!-- masks -->.*?<!-- end -->/s, `<!-- masks -->\n${meaning()}\n<!-- end -->`);
}

function meaning(): string {
  const ofRoles = [...watcher.capabilities, ...executor.capabilities];
  const further = MONITOR.filter((name) => !ofRoles.includes(name));
  return [
    item(watcher.capabilities, 'the watcher:', watcher.capabilities),
    item(executor.capabilities, 'the mirror profile:', executor.capabilities),
    item([...executor.capabilities, ...TO_COPY], 'in mode `mirror`: the profile and', TO_COPY),
    item(CLERK_CAPABILITIES, 'the clerk, for files', CLERK_CAPABILITIES),
    item(MONITOR, 'the monitor, to start roles again: those and', further),
  ].join('\n');
}

function item(held: readonly Capability[], what: string, named: readonly Capability[]): string {
  return `- \`${mask(held)}\`, ${what} \`${[...new Set(named)].sort().join(' ')}\``;
}

/** As in /proc/PID/status. */
function mask(names: readonly Capability[]): string {
  return maskOf(names).toString(16).padStart(16, '0');
}
