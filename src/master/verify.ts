/**
 * `clsync verify`: compares a source with its copy, and prints what differs. The roles of a mirror
 * are started for it, with the same confinement; the destination can only be read unless it is to be
 * repaired, and nothing is watched.
 */
import { ROOT, display, fromText } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { ClsyncError } from '../shared/errors.js';
import { differencesIn } from '../shared/verification.js';
import type { Difference, Side } from '../shared/verification.js';
import { Daemon } from './daemon.js';
import type { Assignment } from './settings/assignment.js';
import { parseCommandLine } from './settings/command-line.js';
import { Configuration } from './settings/configuration.js';
import { load } from './settings/load.js';
import type { StartContext } from './settings/start-context.js';
import type { Log } from './surface/log.js';
import { print } from './surface/print.js';
import { VERIFY_FLAGS, VERIFY_USAGE } from './surface/verify-usage.js';
import type { VerifyFlag } from './surface/verify-usage.js';

/**
 * Returns the exit status, one of `VERIFIED`. Throws ClsyncError for options that make no sense.
 * @param words its arguments @param listen called with the daemon, which signals end
 */
export async function verify(
  words: readonly BytePath[],
  around: StartContext,
  log: Log,
  listen: (daemon: Daemon) => void,
): Promise<number> {
  const isFlag = (word: BytePath): boolean => (VERIFY_FLAGS as readonly string[]).includes(word);
  const flags = new Set<string>(words.filter(isFlag));
  const has = (flag: VerifyFlag): boolean => flags.has(flag);
  const options: Assignment[] = [];
  const operands = parseCommandLine(
    words.filter((word) => !isFlag(word)),
    (assignment) => options.push(assignment),
  );
  if (operands.length > 0) throw new ClsyncError('USAGE', VERIFY_USAGE);
  const configuration = Configuration.read(
    [NO_FILE, ...options, IN_MODE],
    [],
    undefined,
    () => undefined,
  );
  const how = { checksum: has('--checksum'), repair: has('--repair') };
  const loaded = load(configuration, around);
  const daemon = new Daemon(
    configuration,
    {
      ...loaded,
      executor: { ...loaded.executor, verifies: how },
      sandbox: { ...loaded.sandbox, onlyLooks: !how.repair },
    },
    around,
    log,
  );
  listen(daemon);
  daemon.hears((message) => {
    if (message.name !== 'differences') return;
    for (const difference of differencesIn(message.rows))
      print(has('--json') ? inJson(difference) : inWords(difference));
  });
  const { exit, text } = await daemon.run(() => undefined);
  if (text !== '') log.write('error', text);
  return exit;
}

/** Unless the user names one. */
const NO_FILE: Assignment = {
  name: 'config-file',
  text: fromText('/NULL/'),
  bare: false,
  origin: '--config-file',
};
const IN_MODE: Assignment = {
  name: 'mode',
  text: fromText('mirror'),
  bare: false,
  origin: 'clsync verify',
};

function named(path: BytePath): string {
  return path === ROOT ? '.' : display(path);
}

function inJson({ path, what, source, destination }: Difference): string {
  return `${JSON.stringify({ path: named(path), what, source, destination })}\n`;
}

/** `"path": size 1, copy 2; missing`: what, and both values. */
function inWords({ path, what, source, destination }: Difference): string {
  const parts = what.map((one) => {
    const [there, here] = [valueOf(one, source), valueOf(one, destination)];
    return there === undefined || here === undefined
      ? (ALONE[one] ?? one)
      : `${one} ${there}, copy ${here}`;
  });
  return `"${named(path)}": ${parts.join('; ')}\n`;
}

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
