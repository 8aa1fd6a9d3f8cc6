/** What differs between source and destination, in words and in JSON. */
import { displayInTree } from '../../shared/bytes.js';
import type { Difference, Side } from '../../shared/verification.js';

export function inJson({ at, path, what, source, destination }: Difference): string {
  return JSON.stringify({ at, path: displayInTree(path), what, source, destination });
}

/** `"path": size 1, copy 2; missing`: what, and both values. */
export function inWords(difference: Difference): string {
  return shownInWords({ ...difference, path: displayInTree(difference.path) });
}

/** The same of a difference whose path has been made readable. */
export function shownInWords({ at, path, what, source, destination }: Shown): string {
  const parts = what.map((one) => {
    const [there, here] = [valueOf(one, source), valueOf(one, destination)];
    return there === undefined || here === undefined
      ? (ALONE[one] ?? one)
      : `${one} ${there}, copy ${here}`;
  });
  return `${at === undefined ? '' : `${at}: `}"${path}": ${parts.join('; ')}`;
}

type Shown = Omit<Difference, 'path'> & { readonly path: string };

const ALONE: Readonly<Record<string, string>> = {
  missing: 'missing in the copy',
  extra: 'only in the copy',
};
const TYPES: Readonly<Record<number, string>> = {
  0o010000: 'fifo',
  0o020000: 'character device',
  0o040000: 'directory',
  0o060000: 'block device',
  0o100000: 'file',
  0o120000: 'symbolic link',
  0o140000: 'socket',
};
const TYPE_BITS = 0o170000;
const NANOSECONDS = 1_000_000_000n;

function valueOf(what: string, side: Side | null): string | undefined {
  if (side === null) return undefined;
  switch (what) {
    case 'type':
      return TYPES[side.mode & TYPE_BITS] ?? 'unknown';
    case 'size':
      return String(side.size);
    case 'time':
      return timeInWords(BigInt(side.modified));
    case 'owner':
      return String(side.uid);
    case 'group':
      return String(side.gid);
    case 'mode':
      return (side.mode & ~TYPE_BITS).toString(8).padStart(4, '0');
    case 'links':
      return String(side.links);
    default:
      return undefined;
  }
}

/** ISO 8601, to the nanosecond, where Date can hold it. */
function timeInWords(time: bigint): string {
  const seconds = Number(
    (time - (((time % NANOSECONDS) + NANOSECONDS) % NANOSECONDS)) / NANOSECONDS,
  );
  const rest = String(time - BigInt(seconds) * NANOSECONDS).padStart(9, '0');
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime())
    ? `${seconds}.${rest} s`
    : date.toISOString().replace('.000Z', `.${rest}Z`);
}
