/** What is compared on `clsync verify`, and what is told of it: plain data. */
import type { BytePath } from './bytes.js';

export interface Verification {
  /** Contents are compared although sizes and times are equal. */
  readonly checksum: boolean;
  /** What differs is made equal. */
  readonly repair: boolean;
}

/** What stands on one side. */
export interface Side {
  /** st_mode, with the type. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
  readonly size: number;
  /** Nanoseconds since the epoch, in decimals. */
  readonly modified: string;
}

export interface Difference {
  /** Which of several destinations, as `display` shows it; undefined: there is one. */
  readonly at?: string | undefined;
  readonly path: BytePath;
  /** As `MirrorDifference` of wire.ts names it. */
  readonly what: readonly string[];
  /** `null`: nothing is there. */
  readonly source: Side | null;
  readonly destination: Side | null;
}

/** Lines of JSON, from a role that is not trusted: what is no difference is left out. */
export function differencesIn(rows: string): Difference[] {
  return rows.split('\n').flatMap((line) => {
    try {
      const found: unknown = JSON.parse(line);
      return isDifference(found) ? [found] : [];
    } catch {
      return [];
    }
  });
}

function isDifference(found: unknown): found is Difference {
  if (!isObject(found)) return false;
  const { path, what, source, destination } = found;
  return (
    typeof path === 'string' &&
    Array.isArray(what) &&
    what.every((one) => typeof one === 'string') &&
    isSide(source) &&
    isSide(destination)
  );
}

function isSide(found: unknown): found is Side | null {
  if (found === null) return true;
  if (!isObject(found)) return false;
  const { modified, ...numbers } = found;
  return (
    typeof modified === 'string' &&
    /^-?\d{1,20}$/.test(modified) &&
    ['mode', 'uid', 'gid', 'links', 'size'].every((name) => Number.isSafeInteger(numbers[name]))
  );
}

function isObject(found: unknown): found is Readonly<Record<string, unknown>> {
  return typeof found === 'object' && found !== null;
}

/** Exit statuses of `clsync verify`. */
export const VERIFIED = { equal: 0, different: 1, failed: 2 } as const;
