/** The status of an instance for people. Pure. */
import type {
  DestinationStatus,
  InstanceStatus,
  LastFailure,
  LastSync,
} from '../../shared/control-status.js';
import { ago, bytes, count, duration } from '../../shared/in-words.js';
import { colourOf, plain } from './colours.js';
import type { Colour, Paint } from './colours.js';
import { table } from './tables.js';

/** The others are in what `--json` tells. */
const MOUNTS_SHOWN = 20;

type Line = readonly [label: string, text: string];

/** Which lines say that something is wrong, where they have anything to say. */
const WRONG = ['last error', 'last failure', 'held', 'away'];

/** @param now milliseconds since the epoch */
export function statusText(status: InstanceStatus, now: number, paint: Paint = plain): string {
  const { directories, overflows, rescans, restarts, lastError } = status;
  const lines: Line[] = [
    ['status', `${status.status}${whyNone(status)}, for ${since(status.statusSince, now)}`],
    ['source', status.source],
    ...status.destinations.flatMap((destination) => destinationLines(destination, now)),
    ['mode', `${status.mode}, monitor ${status.monitor}`],
    ...mountLines(status),
    ['sandbox', status.sandbox],
    [
      'watched',
      // The root is one.
      `${directories === 0 ? 'still looking for directories' : count(directories, 'directory', 'directories')}, ` +
        `${count(overflows, 'overflow', 'overflows')}, ${count(rescans, 'rescan', 'rescans')}`,
    ],
    ['running', `for ${since(status.since, now)}, ${count(restarts, 'restart', 'restarts')}`],
    ...(lastError === undefined
      ? []
      : [['last error', `${ago(lastError.at, now)}: ${lastError.text}`] as const]),
    [
      'processes',
      status.processes
        .map(
          ({ role, pid, memory }) =>
            `${role} ${pid ?? 'not running'}${memory === undefined ? '' : ` (${bytes(memory)})`}`,
        )
        .join(', '),
    ],
    ...refusedLines(status),
  ];
  const title = `clsync ${status.clsync}, label ${status.label}, process ${status.pid}`;
  const colours = lines.map(([label, text]): Colour | undefined => {
    if (label === 'status') return colourOf(status.status, status.paused);
    return WRONG.includes(label) && text !== 'none' ? 'red' : undefined;
  });
  const rows = lines.map(([label, text]) => [`  ${label}`, text]);
  return (
    `${paint(title, 'bold')}\n` +
    table(rows, (cell, row, column) => {
      const colour = column === 1 ? colours[row] : undefined;
      return colour === undefined ? cell : paint(cell, colour);
    })
  );
}

/** Why nothing is synced, where the status does not say. */
function whyNone({ status, paused }: InstanceStatus): string {
  if (paused) return ', paused';
  return status === 'hold on' ? ': the standby file is there, or a directory is not' : '';
}

function mountLines({ mounts = [] }: InstanceStatus): Line[] {
  if (mounts.length === 0) return [];
  const shown = mounts.slice(0, MOUNTS_SHOWN).map(({ path, monitor }) => `${path} (${monitor})`);
  const left = mounts.length - shown.length;
  return [['mounts', `${shown.join(', ')}${left === 0 ? '' : ` and ${left} more`}`]];
}

function refusedLines({ processes }: InstanceStatus): (readonly [string, string])[] {
  const calls = processes.flatMap(({ role, refusedCalls = {} }) =>
    Object.entries(refusedCalls).map(([call, times]) => `${role} ${call} (${times})`),
  );
  return calls.length === 0 ? [] : [['refused', `system calls: ${calls.join(', ')}`]];
}

/** The name of an instance, as `--name` takes it, and its status. */
export type Named = readonly [name: string, status: InstanceStatus];

/** One line for each instance. */
export function listText(all: readonly Named[], paint: Paint = plain): string {
  if (all.length === 0) return '';
  const rows = [
    ['NAME', 'LABEL', 'PROCESS', 'STATUS', 'PENDING', 'FAILING', 'SOURCE', 'DESTINATION'],
    ...all.map(([name, { label, pid, status, paused, pending, source, destinations }]) => [
      name,
      label,
      String(pid),
      paused ? `${status} (paused)` : status,
      String(pending),
      String(destinations.reduce((sum, { failing }) => sum + failing, 0)),
      source,
      destinations
        .map(({ destination = '-', up }) => (up ? destination : `${destination} (not reached)`))
        .join(' '),
    ]),
  ];
  return table(rows, (cell, row, column) => {
    const one = all[row - 1]?.[1];
    if (one === undefined) return paint(cell, 'bold');
    if (column === STATUS_COLUMN) return paint(cell, colourOf(one.status, one.paused));
    return column === FAILING_COLUMN && cell.trim() !== '0' ? paint(cell, 'red') : cell;
  });
}
const [STATUS_COLUMN, FAILING_COLUMN] = [3, 5] as const;

function destinationLines(one: DestinationStatus, now: number): Line[] {
  const { normal, big, instant, lockWait, settling } = one.queues;
  const queues = { normal, big, instant, 'wait for another sync': lockWait, settling };
  const waiting = Object.entries(queues)
    .filter(([, number]) => number > 0)
    .map(([name, number]) => `${number} ${name}`);
  const oldest = one.oldest === 0 ? '' : `, the oldest for ${duration(one.oldest)}`;
  return [
    ['destination', one.destination ?? 'none'],
    ...(one.away === undefined ? [] : [['away', one.away] as const]),
    [
      'pending',
      `${one.waiting} wait${oldest}${waiting.length === 0 ? '' : ` (${waiting.join(', ')})`}, ` +
        `${one.syncing} being synced, ${one.failing} failing`,
    ],
    ...(one.running === undefined
      ? []
      : [['program', `${one.running.program}, for ${since(one.running.since, now)}`] as const]),
    ...(one.held === undefined
      ? []
      : [['held', `${one.held.paths} deletions: ${one.held.reason}`] as const]),
    [
      'synced',
      `${count(one.syncs, 'time', 'times')}, ${count(one.paths, 'path', 'paths')}, ` +
        count(one.failures, 'failure', 'failures'),
    ],
    ['last sync', one.lastSync === undefined ? 'none' : syncText(one.lastSync, now)],
    ['last failure', one.lastFailure === undefined ? 'none' : failureText(one.lastFailure, now)],
  ];
}

function syncText({ at, paths, milliseconds, names }: LastSync, now: number): string {
  const took = duration(milliseconds / 1000);
  return `${ago(at, now)}: ${count(paths, 'path', 'paths')} in ${took}${listed(names)}`;
}

function failureText({ at, paths, names, reason, next }: LastFailure, now: number): string {
  const again = next === 0 ? '' : `, to be tried again after ${duration(next)}`;
  return `${ago(at, now)}: ${count(paths, 'path', 'paths')}: ${reason}${again}${listed(names)}`;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? '' : `: ${names.map((name) => `"${name}"`).join(', ')}`;
}

function since(time: string, now: number): string {
  return duration(Math.max(0, now - Date.parse(time)) / 1000);
}
