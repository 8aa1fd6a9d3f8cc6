/** Figures as people read them. Pure. */

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

/** Such as `0.3`, `42`, `1.2k`, `35M`. */
export function rate(value: number | undefined): string {
  if (value === undefined) return '-';
  for (const [unit, size] of [
    ['G', 1e9],
    ['M', 1e6],
    ['k', 1e3],
  ] as const)
    if (value >= size) return `${few(value / size)}${unit}`;
  return few(value);
}

function few(value: number): string {
  return value > 0 && value < 9.95 ? value.toFixed(1) : String(Math.round(value));
}
