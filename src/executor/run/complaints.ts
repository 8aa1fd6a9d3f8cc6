/** Finds denied accesses in a program's error messages, and the option that would allow them. */
import { constants } from 'node:os';
import { posix } from 'node:path';
import { isAside } from '../../shared/aside.js';
import { display, isWithin } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { Lines } from './lines.js';
import type { Reach } from '../../shared/settings.js';

/**
 * Texts of strerror(3) for EACCES, EPERM, EROFS and ENOENT, and a shell's text for an absent
 * program. rsync does not translate them.
 */
const REFUSED = /Permission denied|Operation not permitted|Read-only file system/;
const READ_ONLY = /Read-only file system/;
const ABSENT = /No such file or directory|: not found$/;
/** A message of the rsync process at the destination. */
const OTHER_SIDE = /^rsync: \[(?:receiver|generator)\]/i;
const FILE_CAPABILITIES = /xattr\(.*"security\.capability"/;
const OTHER_HOST =
  'it is the other host that refuses this: see what the user there, or its rsync module, may write';
/** EAFNOSUPPORT. */
const NO_SOCKET = /Address family not supported by protocol/;
const SOCKETS =
  'handlers make no sockets: --handler-allow PATH:socket lets them use the Unix socket PATH, ' +
  '--handler-network gives them the network';
/** ELOOP. */
const LINK = /Too many levels of symbolic links/;
const LINKS =
  'a symbolic link was in the way, which leads nowhere in the watch directory and the ' +
  'destination (--follow-symlinks)';
const SETFCAP =
  'capabilities of files are set by who has SETFCAP: ' +
  '--handler-capabilities=CHOWN,DAC_OVERRIDE,DAC_READ_SEARCH,FOWNER,FSETID,MKNOD,SETFCAP';
/** Of rsync, chmod, cp and the like. */
const CHANGING_MODES = /permissions|\bmodes?\b|chmod/i;
const MAKING_DEVICES = /mknod|\bdevice|special file/i;
const SETID =
  'handlers set no set-user-ID and set-group-ID bits here: --mirror-setid=yes lets them';
const DEVICES = 'handlers make no devices here: --mirror-devices=yes lets them';
/** errno(3) at the end of an error message of rsync. */
const ERRNO = /\((\d+)\)$/;
/**
 * Errors that changes of the tree cannot explain: no permission, no space, a disk error. Names that
 * change while rsync runs may cause others.
 */
const GRAVE: readonly number[] = (
  ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'EIO'] as const
).map((name) => constants.errno[name]);
const FULL: readonly number[] = [constants.errno.ENOSPC, constants.errno.EDQUOT];
/** Absolute paths: in quotes of any kind, or between blanks and colons. */
const PATHS = /(?<=^|[\s"'=:(\x98\x9c])\/[^\s"':,()\xe2]*/g;
/** Bytes of a line that are examined. */
export const LONGEST_LINE = 16 << 10;

export class Complaints {
  private readonly lines = new Lines(LONGEST_LINE);
  /** The hint for the first message for which there is one. */
  private found: string | undefined;
  private refused = false;
  /** It reported an error of `GRAVE`. */
  grave = false;
  /** It reported that there is no space. */
  full = false;

  /**
   * @param remote its destination is on another host
   * @param heard called with each line
   */
  constructor(
    private readonly reach: Reach | undefined,
    private readonly remote: boolean,
    private readonly heard: (line: string) => void = () => undefined,
  ) {}

  /** @param chunk a part of its standard error */
  write(chunk: Buffer): void {
    for (const line of this.lines.push(chunk)) this.look(line);
  }

  /** @param line bytes as latin1 */
  look(line: string): void {
    this.heard(line);
    if (REFUSED.test(line)) this.refused = true;
    const errno = ERRNO.exec(line)?.[1];
    if (errno !== undefined && GRAVE.includes(Number(errno))) this.grave = true;
    if (errno !== undefined && FULL.includes(Number(errno))) this.full = true;
    this.found ??= this.hintFor(line);
  }

  /** An access was denied, and there is no specific hint. */
  get denied(): boolean {
    return this.refused && this.found === undefined;
  }

  /** To be read after the program has ended. */
  get hint(): string | undefined {
    for (const line of this.lines.last()) this.look(line);
    return this.found;
  }

  private hintFor(line: string): string | undefined {
    if (this.reach === undefined) return undefined;
    if (NO_SOCKET.test(line)) return SOCKETS;
    if (LINK.test(line) && !this.reach.followsLinks) return LINKS;
    const isTheirs = this.remote && OTHER_SIDE.test(line);
    if (REFUSED.test(line)) return isTheirs ? OTHER_HOST : ofRefusal(line, this.reach);
    return ABSENT.test(line) && !isTheirs ? ofHidden(line, this.reach) : undefined;
  }
}

function ofRefusal(line: string, { written, mirrored }: Reach): string | undefined {
  if (FILE_CAPABILITIES.test(line)) return SETFCAP;
  if (!mirrored.devices && MAKING_DEVICES.test(line)) return DEVICES;
  if (!mirrored.setid && CHANGING_MODES.test(line)) return SETID;
  const place = READ_ONLY.test(line)
    ? pathsIn(line).find((path) => written.some((tree) => isWithin(path, tree)))
    : undefined;
  return place === undefined
    ? undefined
    : `${display(place)} lies on a file system that is mounted read-only, which no option ` +
        'of clsync changes';
}

function ofHidden(line: string, { shown }: Reach): string | undefined {
  if (shown === undefined) return undefined;
  const hidden = pathsIn(line).find(
    (path) => path.length > 1 && !isAside(path) && !shown.some((seen) => isWithin(path, seen)),
  );
  return hidden === undefined
    ? undefined
    : `the handler does not see ${display(hidden)}: where it exists, --handler-allow ` +
        `${display(hidden)} shows it`;
}

function pathsIn(line: string): BytePath[] {
  return [...line.matchAll(PATHS)].map(
    ([path]) => posix.normalize(path).replace(/(.)\/$/, '$1') as BytePath,
  );
}
