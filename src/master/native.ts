/** The master's part of the addon. */
import { toBuffer } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { native } from '../shared/native.js';

interface MasterNative {
  ask(fd: number, request: Uint8Array, length: number, milliseconds: number): [Buffer, number[]];
  checkPattern(pattern: Uint8Array): string | undefined;
  sendUnixMessage(path: Uint8Array, message: Uint8Array, stream: number): void;
  peerCredentials(fd: number): [number, number, number];
  uidHasProcesses(uid: number): boolean;
  outletPut(fd: number, bytes: Uint8Array): boolean;
  outletFlush(fd: number, milliseconds: number): boolean;
  outletEnd(fd: number, milliseconds: number): number;
  replaceDescriptor(fd: number, by: number): void;
  identifyDescriptor(fd: number): string;
  lockFile(fd: number): boolean;
  pathWatchOpen(wake: () => void): PathWatch;
  pathWatchSet(
    watch: PathWatch,
    directories: readonly number[],
    names: readonly Uint8Array[],
  ): boolean;
  pathWatchClose(watch: PathWatch): void;
}

declare const pathWatch: unique symbol;
/** A thread that watches some paths for changes; opaque. See src/native/addon/path-watch.c. */
export interface PathWatch {
  readonly [pathWatch]: true;
}

/**
 * Of what is open, mostly a directory. Strings are empty where the kernel or the file system has no
 * such value.
 */
export interface DirectoryFacts {
  /** `major:minor` */
  readonly device: string;
  readonly inode: string;
  /** Number of the mount. */
  readonly mount: string;
  /** In hexadecimal, as the UUID. */
  readonly handle: string;
  /** Seconds since 1970. */
  readonly born: string;
  /** f_type of statfs(2), in hexadecimal. */
  readonly type: string;
  /** From statfs(2). */
  readonly id: string;
  readonly uuid: string;
  readonly isMountPoint: boolean;
  /** User number. */
  readonly owner: number;
  readonly isDirectory: boolean;
}

const door = native as unknown as MasterNative;

/**
 * The message of regcomp(3) when a pattern is not a POSIX extended regular expression; undefined
 * when it is one.
 */
export function checkPattern(pattern: BytePath): string | undefined {
  return door.checkPattern(toBuffer(pattern));
}

/**
 * Sends one datagram to an AF_UNIX socket without blocking. A path that begins with `@` is an
 * abstract name. Throws an Error with `code`; EPROTOTYPE for a stream socket.
 */
export function sendDatagram(path: BytePath, message: string | Buffer): void {
  door.sendUnixMessage(toBuffer(path), Buffer.from(message), 0);
}

/**
 * Sends a message to an AF_UNIX stream socket over a new connection, without blocking. Throws an
 * Error with `code`.
 */
export function sendOverStream(path: BytePath, message: Buffer): void {
  door.sendUnixMessage(toBuffer(path), message, 1);
}

/** The process at the other end of a connected AF_UNIX socket (SO_PEERCRED of unix(7)). */
export function peerCredentials(fd: number): {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
} {
  const [pid, uid, gid] = door.peerCredentials(fd);
  return { pid, uid, gid };
}

/** Whether a process with this real uid exists. */
export function uidHasProcesses(uid: number): boolean {
  return door.uidHasProcesses(uid);
}

/**
 * Identifies what is open, and its file system, which may never answer. It need not be readable.
 * Throws an Error with `code`.
 */
export function identifyDescriptor(fd: number): DirectoryFacts {
  return parseFacts(door.identifyDescriptor(fd));
}

/** Pure. @param text the lines of src/native/common/identity.h */
export function parseFacts(text: string): DirectoryFacts {
  const [device = '', inode = '', mount = '', handle = '', ...more] = text.split('\n');
  const [born = '', type = '', id = '', uuid = '', root, owner, directory] = more;
  return {
    ...{ device, inode, mount, handle, born, type, id, uuid },
    isMountPoint: root === 'root',
    owner: Number(owner),
    isDirectory: directory === 'directory',
  };
}

/**
 * Locks a file that is open for writing, until its descriptor is closed. Returns false while
 * another process has the lock. Throws an Error with `code`.
 */
export function lockFile(fd: number): boolean {
  return door.lockFile(fd);
}

/** Descriptors that have a thread for writing, so that the caller never blocks. */
export type OutletDescriptor = 1 | 2;

/**
 * Hands text to the thread that writes to `descriptor`. Returns false, and takes nothing, when too
 * much text waits already.
 */
export function outletPut(descriptor: OutletDescriptor, text: string | Buffer): boolean {
  return door.outletPut(descriptor, typeof text === 'string' ? Buffer.from(text, 'utf8') : text);
}

/** Waits up to `milliseconds` until the thread has written everything. Returns whether it has. */
export function outletFlush(descriptor: OutletDescriptor, milliseconds: number): boolean {
  return door.outletFlush(descriptor, milliseconds);
}

/**
 * Ends what goes to a process that carries it on, and waits up to `milliseconds` for its end.
 * Returns its number while it goes on; undefined: it has ended.
 */
export function outletEnd(descriptor: OutletDescriptor, milliseconds: number): number | undefined {
  const pid = door.outletEnd(descriptor, milliseconds);
  return pid === 0 ? undefined : pid;
}

/**
 * Makes `descriptor` a duplicate of `by`, which stays open (dup2(2)). Throws an Error with `code`.
 */
export function replaceDescriptor(descriptor: number, by: number): void {
  door.replaceDescriptor(descriptor, by);
}

/**
 * Opens a path watch. `wake` is called once after a possible change, and not again until
 * `setPathWatch` is called. Throws an Error with `code`.
 */
export function openPathWatch(wake: () => void): PathWatch {
  return door.pathWatchOpen(wake);
}

/**
 * Watches names, each in an open directory, files (without a name), and the mount table. Returns
 * false when one of them cannot be watched.
 */
export function setPathWatch(
  opened: PathWatch,
  names: readonly (readonly [directory: number, name: BytePath])[],
): boolean {
  return door.pathWatchSet(
    opened,
    names.map(([directory]) => directory),
    names.map(([, name]) => toBuffer(name)),
  );
}

export function closePathWatch(opened: PathWatch): void {
  door.pathWatchClose(opened);
}

/**
 * Sends a request over a stream socket, and waits for an answer of `length` bytes (0: none) and the
 * descriptors that come with it. Throws an Error with `code`; EPIPE: nobody is there, ETIMEDOUT.
 */
export function ask(
  fd: number,
  request: Uint8Array,
  length: number,
  milliseconds: number,
): readonly [answer: Buffer, descriptors: readonly number[]] {
  return door.ask(fd, request, length, milliseconds);
}
