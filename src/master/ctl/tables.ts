/** Aligned text for people. Pure. */

/** Columns as wide as their widest cell, but for the last; two blanks between them. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((widest, row) => Math.max(widest, (row[column] ?? '').length), 0),
  );
  return rows
    .map(
      (row) =>
        row
          .map((cell, column) =>
            column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0),
          )
          .join('  ')
          .trimEnd() + '\n',
    )
    .join('');
}

/** Such as `1.2 s`, `5 min`, `3 h`, `2 d`. */
export function duration(seconds: number): string {
  if (seconds < 100) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  if (seconds < 6000) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800
    ? `${Math.round(seconds / 3600)} h`
    : `${Math.round(seconds / 86_400)} d`;
}

/** Since a time of ISO 8601. */
export function ago(time: string, now: number): string {
  return `${duration(Math.max(0, now - Date.parse(time)) / 1000)} ago`;
}

export function bytes(count: number): string {
  return `${(count / (1 << 20)).toFixed(0)} MiB`;
}

export function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
