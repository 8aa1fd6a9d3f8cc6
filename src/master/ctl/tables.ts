/** Aligned text for people. Pure. */

/**
 * Columns as wide as their widest cell, but for the last; two blanks between them.
 * @param look gives a cell of a row its colour; it has its width already
 */
export function table(
  rows: readonly (readonly string[])[],
  look: (cell: string, row: number, column: number) => string = (cell) => cell,
): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((widest, row) => Math.max(widest, (row[column] ?? '').length), 0),
  );
  return rows
    .map(
      (row, number) =>
        row
          .map((cell, column) => {
            const padded = column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0);
            return look(padded, number, column);
          })
          .join('  ')
          .trimEnd() + '\n',
    )
    .join('');
}
