/**
 * The master holds no io_uring: calls that go through one pass no filter. Node (from libuv 1.50 on,
 * whatever UV_USE_IO_URING says) has one in its main event loop before any of our code runs, cannot
 * let go of it, and aborts when a filter then refuses its use. So a master that was born with one
 * executes itself again under a filter that lets it have none, which takes as long as Node takes to
 * start. The roles are under their filters when Node starts.
 */
import { existsSync, readdirSync, readFileSync, readlinkSync, writeSync } from 'node:fs';
import { ClsyncError } from '../shared/errors.js';
import { native } from '../shared/native.js';
import { compileFilter, supportsFilters } from '../shared/seccomp/filter.js';
import { NO_RINGS } from '../shared/seccomp/tables.js';
import { forUser } from './start-error.js';

const RING = 'anon_inode:[io_uring]';
const CLOSE_ON_EXEC = 0o2000000;

/**
 * What each open descriptor is of, in the words of proc(5); nothing where it is not mounted, of
 * which the start has its own error.
 */
function openDescriptors(): Map<number, string> {
  const found = new Map<number, string>();
  for (const name of existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd') : []) {
    try {
      found.set(Number(name), readlinkSync(`/proc/self/fd/${name}`));
    } catch {
      // that of this very listing
    }
  }
  return found;
}

/** Not one that the starter passed on: that stays over an exec, and Node does not use it. */
function closesOnExec(descriptor: number): boolean {
  const [, flags = '0'] =
    /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1')) ?? [];
  return (parseInt(flags, 8) & CLOSE_ON_EXEC) !== 0;
}

/**
 * Node has opened others itself. It has marked all to be closed by exec, so that its children do
 * not get them.
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

/** Where the kernel has no filters the master gets none either, and goes on as it is. */
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
    // There is no log yet.
    writeSync(2, `error: ${message}\n`);
    process.exit(exit);
  }
}

// With it Node would expect another ring, and so refuse to change the groups.
delete process.env.UV_USE_IO_URING;
// A command to a daemon seals nothing.
if (process.argv[2] !== 'ctl') leaveRing();
