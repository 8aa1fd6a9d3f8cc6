/** What `clsync ctl top` shows, as lines of a terminal. Pure. */
import type { InstanceStatus } from '../../shared/control-status.js';
import { duration, rate } from '../../shared/in-words.js';
import type { Past } from '../../shared/past.js';
import { painter, STATUS } from './colours.js';
import type { Colour, Paint } from './colours.js';
import { statusText } from './status-text.js';

export interface Shown {
  readonly name: string;
  /** Undefined: it does not answer, or has not yet. */
  readonly status: InstanceStatus | undefined;
  readonly past: Past;
}

export interface View {
  readonly instances: readonly Shown[];
  readonly selected: number;
  readonly isDetailed: boolean;
  /** What the last key has done. */
  readonly message: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Look {
  /** Whether lines may have colours. */
  readonly colours: boolean;
  /** The characters of a sparkline, the lowest first. */
  readonly bars: string;
}

export const BARS = { unicode: ' ▁▂▃▄▅▆▇█', ascii: ' .:-=+*#@' } as const;

const KEYS = 'up/down select   p pause or resume   f flush   enter details   q quit';
/** Width, and whether it is a number. What is left of a line is the sparkline's. */
const COLUMNS = [
  ['STATUS', 9, false],
  ['PENDING', 7, true],
  ['FAIL', 4, true],
  ['EVENT/S', 7, true],
  ['PATH/S', 6, true],
  ['BYTE/S', 7, true],
  ['P50', 6, true],
  ['P95', 6, true],
] as const;
const FIXED = COLUMNS.reduce((sum, [, width]) => sum + width + 1, 2);
const NAME_LEAST = 10;

/** As many lines as the terminal has, or fewer, none wider than it. */
export function screen(view: View, size: Size, look: Look): string[] {
  const { instances, selected, isDetailed, message, now } = view;
  const paint = painter(look.colours);
  const fit = (text: string): string => cut(text, size.columns);
  const one = instances[selected];
  const title = fit(`clsync top: ${instances.length} running, ${localTime(now)}`);
  const foot = [
    paint(fit(message), 'yellow'),
    fit(isDetailed ? 'enter back   p pause or resume   f flush   q quit' : KEYS),
  ];
  const room = Math.max(0, size.rows - 3 - foot.length);
  if (isDetailed && one !== undefined)
    return [
      paint(title, 'bold'),
      '',
      ...detail(one, now)
        .flatMap((text) => folded(text, size.columns))
        .slice(0, room + 1)
        .map(fit),
      ...foot,
    ];
  const width = nameWidth(instances, size.columns);
  const first = Math.max(0, Math.min(selected - room + 1, instances.length - room));
  const rows = instances
    .slice(first, first + room)
    .map((shown, index) =>
      line(shown, { width, ...size, look, paint, isSelected: first + index === selected }),
    );
  if (instances.length === 0)
    rows.push(
      fit('no daemon has a socket in /run/clsync: start one with --socket /run/clsync/NAME.sock'),
    );
  return [paint(title, 'bold'), '', paint(head(width, size.columns), 'bold'), ...rows, ...foot];
}

function detail({ name, status }: Shown, now: number): string[] {
  return status === undefined ? [`${name} does not answer`] : statusText(status, now).split('\n');
}

function head(width: number, columns: number): string {
  const cells = COLUMNS.map(([text, size, isNumber]) => pad(text, size, isNumber));
  return cut(`  ${pad('NAME', width, false)} ${cells.join(' ')} PATHS`, columns);
}

interface Drawing extends Size {
  readonly width: number;
  readonly look: Look;
  readonly paint: Paint;
  readonly isSelected: boolean;
}

function line({ name, status, past }: Shown, drawing: Drawing): string {
  const { width, columns, look, paint, isSelected } = drawing;
  const marked = `${isSelected ? '>' : ' '} ${pad(name, width, false)}`;
  if (status === undefined) return cut(`${marked} does not answer`, columns);
  const rates = past.rates;
  const [short, colour] = status.paused
    ? (['paused', 'yellow'] as const)
    : (STATUS[status.status] ?? ([status.status, 'yellow'] as const));
  const failing = status.destinations.reduce((sum, one) => sum + one.failing, 0);
  const texts = [
    short,
    String(status.pending),
    String(failing),
    rate(rates?.events),
    rate(rates?.paths),
    rate(rates?.bytes),
    rates?.p50 === undefined ? '-' : duration(rates.p50),
    rates?.p95 === undefined ? '-' : duration(rates.p95),
  ];
  const cells = texts.map((text, index): Cell => {
    const [, size, isNumber] = COLUMNS[index] as (typeof COLUMNS)[number];
    const padded = pad(text, size, isNumber);
    if (index === 0) return [padded, colour];
    return [padded, index === 2 && failing > 0 ? 'red' : undefined];
  });
  const values = past.course.map(({ paths }) => paths);
  const bars = sparkline(values, Math.max(0, columns - FIXED - width - 1), look.bars);
  return painted([[marked, isSelected ? 'reverse' : undefined], ...cells, [bars]], columns, paint);
}

type Cell = readonly [text: string, colour?: Colour | undefined];

/** As many of the cells as fit, a blank between them; colours take no room. */
function painted(cells: readonly Cell[], columns: number, paint: Paint): string {
  let room = columns + 1;
  const shown = cells.map(([text, colour]) => {
    const fitting = cut(text, Math.max(0, room - 1));
    room -= Array.from(fitting).length + 1;
    return colour === undefined || fitting === '' ? fitting : paint(fitting, colour);
  });
  return shown.filter((text) => text !== '').join(' ');
}

/** A line of a label and a text, over as many lines as it takes. */
function folded(line: string, columns: number): string[] {
  const indent = /^ {2}\S.*? {2,}/.exec(line)?.[0].length ?? 0;
  if (columns <= indent + 1) return [line];
  const lines: string[] = [];
  let rest = Array.from(line);
  while (rest.length > columns) {
    const blank = rest.slice(0, columns + 1).lastIndexOf(' ');
    const end = blank > indent ? blank : columns;
    lines.push(rest.slice(0, end).join(''));
    rest = [...Array<string>(indent).fill(' '), ...rest.slice(blank > indent ? end + 1 : end)];
  }
  return [...lines, rest.join('')];
}

/** The last values, the highest of which has the highest bar. */
export function sparkline(values: readonly number[], width: number, bars: string): string {
  const shown = width === 0 ? [] : values.slice(-width);
  const most = shown.reduce((highest, one) => Math.max(highest, one), 0);
  const letters = Array.from(bars);
  const bar = (value: number): string =>
    letters[most === 0 ? 0 : Math.ceil((value / most) * (letters.length - 1))] ?? ' ';
  return shown.map(bar).join('').padStart(width);
}

/** At the size of the longest name, as far as the other columns and some bars fit beside it. */
function nameWidth(instances: readonly Shown[], columns: number): number {
  const longest = instances.reduce(
    (most, { name }) => Math.max(most, Array.from(name).length),
    NAME_LEAST,
  );
  return Math.max(NAME_LEAST, Math.min(longest, columns - FIXED - NAME_LEAST));
}

function pad(text: string, width: number, isNumber: boolean): string {
  const fitting = cut(text, width);
  const blanks = ' '.repeat(width - Array.from(fitting).length);
  return isNumber ? blanks + fitting : fitting + blanks;
}

/** Without what a terminal would take for an order. */
function cut(text: string, width: number): string {
  return Array.from(text.replace(/[\p{Cc}\p{Cf}]/gu, '?'))
    .slice(0, width)
    .join('');
}

function localTime(now: number): string {
  return new Date(now).toTimeString().slice(0, 8);
}
