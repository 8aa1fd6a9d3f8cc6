/** What the findings of a run mean for the entries in hand. Pure. */
import { getSystemErrorMap } from 'node:util';
import { constants } from 'node:os';
import { directoriesAbove, display, isBeneath } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';
import type { Entry } from '../../../shared/entry.js';
import { entryBeneath, foundEntry } from '../../intake/own-entries.js';
import { failureAt } from '../failure.js';
import type { Failure } from '../failure.js';
import type { Outcomes } from '../mode.js';
import type { MirrorFinding, MirrorRow } from './wire.js';

type Failed = Extract<MirrorFinding, { kind: 'failed' }>;

/** Calls that only an object itself needs, not what is in it. */
const OF_ATTRIBUTES: ReadonlySet<string> = new Set([
  'chown',
  'chmod',
  'getxattr',
  'setxattr',
  'utimensat',
]);

const { errno } = constants;
const FULL: readonly number[] = [errno.ENOSPC, errno.EDQUOT];

/**
 * Undefined: all is done. What failed beneath a directory becomes an entry of its own, and the rest
 * of the directory is done.
 * @param rows those of the run that has the findings
 * @param inodeOf of an object with several names, which are tied within one run
 */
export function outcomesOf(
  entries: readonly Entry[],
  rows: readonly MirrorRow[],
  findings: readonly MirrorFinding[],
  inodeOf: (entry: Entry) => string | undefined,
): Outcomes | undefined {
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  const inHand = (path: BytePath, make: (path: BytePath) => Entry): Entry =>
    byPath.get(path) ?? make(path);
  const concerned = new Set<Entry>();
  const groups = new Map<string, { readonly entries: Entry[]; readonly failure: Failure }>();
  const failed = findings.filter(
    (finding): finding is Failed => finding.kind === 'failed' && !isMove(rows, finding),
  );
  const setApart = (entry: Entry, finding: Failed): void => {
    if (concerned.has(entry)) return;
    concerned.add(entry);
    const key = `${finding.errno} ${finding.call}`;
    const group = groups.get(key) ?? { entries: [], failure: failureOf(finding) };
    groups.set(key, group);
    group.entries.push(entry);
  };
  /** Nothing beneath these could be synced. */
  const blocked = new Map<BytePath, Failed>();
  for (const finding of failed) {
    const isAbove = isAboveRow(rows, finding);
    if (OF_ATTRIBUTES.has(finding.call)) setApart(inHand(finding.path, foundEntry), finding);
    else {
      if (!blocked.has(finding.path)) blocked.set(finding.path, finding);
      if (!isAbove) setApart(inHand(finding.path, entryBeneath), finding);
    }
  }
  if (blocked.size > 0)
    for (const entry of entries) {
      const above = [entry.path, ...directoriesAbove(entry.path)].find((path) => blocked.has(path));
      const finding = above === undefined ? undefined : blocked.get(above);
      if (finding !== undefined) setApart(entry, finding);
    }
  // Tried again without its other names it would become an object of its own.
  const inodes = new Map<string, Failed>();
  for (const finding of failed) {
    const inode = inodeOf(inHand(finding.path, foundEntry));
    if (inode !== undefined) inodes.set(inode, finding);
  }
  if (inodes.size > 0)
    for (const entry of entries) {
      const finding = inodes.get(inodeOf(entry) ?? '');
      if (finding !== undefined) setApart(entry, finding);
    }
  const disturbed = new Map<BytePath, Entry>();
  const held = new Map<BytePath, Entry>();
  for (const { kind, path } of findings) {
    if (kind === 'held') held.set(path, entryBeneath(path));
    if (kind !== 'changed') continue;
    const entry = inHand(path, foundEntry);
    if (!concerned.has(entry)) disturbed.set(path, entry);
  }
  if (groups.size + disturbed.size + held.size === 0) return undefined;
  return {
    apart: [...groups.values()],
    disturbed: [...disturbed.values()],
    held: topmost(held),
  };
}

/** For the log: what a system call says. */
export function failureOf({ errno: number, call, where }: Failed): Failure {
  const full = FULL.includes(number);
  const reason = `${messageOf(number)} (${call}${where === undefined ? '' : `, ${where}`})`;
  return { ...failureAt(number, reason), ...(full ? { full } : {}) };
}

/** The same, where a path has to be named. */
export function failureNaming(path: BytePath, number: number, call: string): Failure {
  return failureAt(number, `${display(path)}: ${messageOf(number)} (${call})`);
}

/** As strerror(3), or the error's name. */
export function messageOf(number: number): string {
  const known = getSystemErrorMap().get(-number);
  const name = Object.entries(errno).find(([, value]) => value === number)?.[0];
  return known?.[1] ?? name ?? `error ${number}`;
}

/** Objects that could not be moved are copied. */
function isMove(rows: readonly MirrorRow[], { row }: MirrorFinding): boolean {
  return rows[row]?.verb === 'move';
}

function isAboveRow(rows: readonly MirrorRow[], { row, path }: MirrorFinding): boolean {
  const own = rows[row];
  return own !== undefined && own.path !== path && isBeneath(own.path, new Set([path]));
}

function topmost(entries: ReadonlyMap<BytePath, Entry>): Entry[] {
  const paths = new Set(entries.keys());
  return [...entries].flatMap(([path, entry]) => (isBeneath(path, paths) ? [] : [entry]));
}
