/** The record of the system calls that processes of the daemon make: recorded-calls.json. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FILES } from '../../src/shared/layout.js';
import { LIST_NAMES } from './call-lists.js';
import type { ListName } from './call-lists.js';

const PATH = join(FILES.root, 'test/confinement/recorded-calls.json');

/** Calls, each with the major versions of Node that it was seen with, ascending. */
type Calls = Readonly<Record<string, readonly number[]>>;

export interface CallRecord {
  /** Versions, by major version. */
  readonly nodes: Readonly<Record<string, string>>;
  readonly calls: Readonly<Record<ListName, Calls>>;
}

export function readRecord(): CallRecord {
  return JSON.parse(readFileSync(PATH, 'utf8'), (_, value: unknown) =>
    typeof value === 'string' && /^\d\d( \d\d)*$/.test(value)
      ? value.split(' ').map(Number)
      : value,
  ) as CallRecord;
}

/** The record with what was seen now in place of what was seen with the same major version. */
export function withSeen(
  record: CallRecord,
  version: string,
  seen: ReadonlyMap<ListName, ReadonlySet<string>>,
): CallRecord {
  const major = Number.parseInt(version, 10);
  const of = (name: ListName): Calls => {
    const before: Calls = record.calls[name] ?? {};
    const now = seen.get(name) ?? new Set();
    const names = [...new Set([...Object.keys(before), ...now])].sort();
    const rows = names.map((call) => {
      const others = (before[call] ?? []).filter((other) => other !== major);
      const all = now.has(call) ? [...others, major] : others;
      return [call, all.sort((one, other) => one - other)] as const;
    });
    return Object.fromEntries(rows.filter(([, nodes]) => nodes.length > 0));
  };
  return {
    nodes: { ...record.nodes, [major]: version },
    calls: Object.fromEntries(LIST_NAMES.map((name) => [name, of(name)])) as CallRecord['calls'],
  };
}

/** A call is a line, so that changes can be read. */
export function writeRecord(record: CallRecord): void {
  const text = JSON.stringify(
    record,
    (_, value: unknown) => (Array.isArray(value) ? value.join(' ') : value),
    2,
  );
  writeFileSync(PATH, `${text}\n`);
}
