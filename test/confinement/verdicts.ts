/** Which mechanism contains which probe: as measured, and as docs/CONFINEMENT.md says. */
import { readFileSync } from 'node:fs';
import { FILES } from '../../src/shared/layout.js';
import { Arena } from './arena.js';
import { ALONE, MECHANISMS } from './arena-sandbox.js';

export const PAGE = FILES.root + 'docs/CONFINEMENT.md';
/** Each mechanism alone, then everything together around a handler and in the roles. */
export const COLUMNS = [
  ...MECHANISMS,
  'handler',
  'executor',
  'mirror',
  'watcher',
  'master',
] as const;
export type Column = (typeof COLUMNS)[number];

/** `holds`: contained; `-`: it fails on this system without any mechanism, too; empty: open. */
export type Cell = 'holds' | '-' | '';

export interface Row {
  readonly probe: string;
  readonly words: string;
  readonly cells: Readonly<Record<Column, Cell>>;
}

/** What everyone but the watcher is there to do. */
const READING = ['read_source', 'read_source_anew', 'read_source_by_openat2'] as const;
/** What handlers are there to do, and so what starts them. */
export const GRANTED: readonly string[] = [
  ...READING,
  'execute_in_place',
  'execute_program',
  'new_process',
  'new_process_by_vfork',
  'pair_of_sockets',
  'library_as_code',
  'watch_source',
  'read_program',
  'read_password_database',
  'write_tmp',
];
/** What an executor that starts no program may, nevertheless. */
export const GRANTED_ALONE: readonly string[] = [...READING, 'own_capable'];

export const isContained = (verdict: string | undefined): boolean =>
  verdict !== 'open' && verdict !== 'waits';

export async function measure(): Promise<Row[]> {
  const arena = new Arena();
  const alone = new Arena(ALONE);
  try {
    const free = await arena.runFree();
    const runs = new Map<Column, ReadonlyMap<string, string>>();
    for (const mechanism of MECHANISMS) runs.set(mechanism, await arena.run([mechanism]));
    runs.set('handler', await arena.run(MECHANISMS));
    for (const role of ['executor', 'watcher'] as const)
      runs.set(role, await arena.runInside(role));
    runs.set('master', await arena.runMaster());
    runs.set('mirror', await alone.runInside('executor'));
    return [...arena.list()].map(([probe, words]) => {
      const cell = (column: Column): Cell =>
        free.get(probe) !== 'open' ? '-' : isContained(runs.get(column)?.get(probe)) ? 'holds' : '';
      return {
        probe,
        words,
        cells: Object.fromEntries(COLUMNS.map((column) => [column, cell(column)])) as Record<
          Column,
          Cell
        >,
      };
    });
  } finally {
    arena.close();
    alone.close();
  }
}

const ROW = /^\| `(\w+)` \|(.*)\| ([^|]*) \|$/gm;

/** The table of the page. */
export function claims(): Row[] {
  return [...readFileSync(PAGE, 'utf8').matchAll(ROW)].map(
    ([, probe = '', cells = '', words = '']) => {
      const values = cells.split('|').map((cell) => cell.trim());
      return {
        probe,
        words,
        cells: Object.fromEntries(
          COLUMNS.map((column, index) => [column, values[index] ?? '']),
        ) as Record<Column, Cell>,
      };
    },
  );
}

export function table(rows: readonly Row[]): string {
  const head = `| probe | ${COLUMNS.join(' | ')} | it |\n|${' --- |'.repeat(COLUMNS.length + 2)}\n`;
  return (
    head +
    rows
      .map(
        ({ probe, words, cells }) =>
          `| \`${probe}\` | ${COLUMNS.map((column) => cells[column]).join(' | ')} | ${words} |\n`,
      )
      .join('')
  );
}

/** The page with another table. */
export function withTable(page: string, rows: readonly Row[]): string {
  return page.slice(0, page.indexOf('| probe |')) + table(rows);
}
