/**
 * Keeps the master free of io_uring, because operations of a ring bypass the system call filter.
 * Node with libuv 1.50 or later opens a ring in its main event loop before any JavaScript runs
 * (whatever UV_USE_IO_URING says), cannot close it, and aborts when a filter then refuses its use.
 * A master that has a ring therefore executes itself again under a filter that refuses new rings;
 * this costs one more start of Node. The roles need none of this: their filters are in force before
 * Node starts.
 */
import { existsSync, readdirSync, readFileSync, readlinkSync, writeSync } from 'node:fs';
import { ClsyncError } from '../shared/errors.js';
import { native } from '../shared/native.js';
import { compileFilter, supportsFilters } from '../shared/seccomp/filter.js';
import { NO_RINGS } from '../shared/seccomp/never.js';
import { forUser } from './start-error.js';

const RING = 'anon_inode:[io_uring]';
const CLOSE_ON_EXEC = 0o2000000;

/**
 * The target of each open descriptor, as proc(5) names it. Empty when /proc is not mounted; the
 * start reports that later.
 */
function openDescriptors(): Map<number, string> {
  const found = new Map<number, string>();
  for (const name of existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd') : []) {
    try {
      found.set(Number(name), readlinkSync(`/proc/self/fd/${name}`));
    } catch {
      // the descriptor of this listing itself, closed by now
    }
  }
  return found;
}

/**
 * Tells a ring of Node from one inherited from the starter, which Node does not use: only Node's
 * closes on exec.
 */
function closesOnExec(descriptor: number): boolean {
  const [, flags = '0'] =
    /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1')) ?? [];
  return (parseInt(flags, 8) & CLOSE_ON_EXEC) !== 0;
}

/**
 * Whether the descriptor comes from the starter. Others are Node's own. Node has set close-on-exec
 * on all of them, so this cannot tell them apart.
 */
function isInherited(descriptor: number, open: ReadonlyMap<number, string>): boolean {
  if (descriptor <= 2) return true;
  const target = open.get(descriptor) ?? '';
  const isBothEnds = [...open].filter(([other, name]) => other > 2 && name === target).length > 1;
  return (
    !target.startsWith('anon_inode:') &&
    target !== '/dev/null' &&
    !(target.startsWith('pipe:') && isBothEnds)
  );
}

/** Returns when the kernel has no filters: then the master has none either and keeps its ring. */
function executeAgain(open: ReadonlyMap<number, string>): void {
  const words = readFileSync('/proc/self/cmdline').toString('latin1').split('\0').slice(0, -1);
  const inherited = [...open.keys()].filter((descriptor) => isInherited(descriptor, open));
  try {
    native.execute(
      compileFilter(NO_RINGS),
      Buffer.from(process.execPath),
      words.map((word) => Buffer.from(word, 'latin1')),
      inherited,
    );
  } catch (error) {
    const { syscall, code } = error as NodeJS.ErrnoException;
    if (syscall === 'seccomp' && (code === 'EINVAL' || code === 'ENOSYS')) return;
    throw new ClsyncError(
      'SANDBOX',
      'master',
      `start without io_uring: ${(error as Error).message}`,
    );
  }
}

function leaveRing(): void {
  try {
    if (!supportsFilters()) return;
    const open = openDescriptors();
    if ([...open].some(([descriptor, target]) => target === RING && closesOnExec(descriptor)))
      executeAgain(open);
  } catch (error) {
    const { message, exit } = forUser(error);
    // The log does not exist yet.
    writeSync(2, `error: ${message}\n`);
    process.exit(exit);
  }
}

// With this variable set Node expects another ring, and then refuses to change the groups.
delete process.env.UV_USE_IO_URING;
// `clsync ctl` runs without a seal, so a ring does no harm there.
if (process.argv[2] !== 'ctl') leaveRing();
