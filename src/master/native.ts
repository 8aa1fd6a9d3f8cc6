/** The master's part of the addon. */
import { toBuffer } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { native } from '../shared/native.js';

interface MasterNative {
  checkPattern(pattern: Uint8Array): string | undefined;
  sendUnixMessage(path: Uint8Array, message: Uint8Array, stream: number): void;
  peerCredentials(fd: number): [number, number, number];
  uidHasProcesses(uid: number): boolean;
  outletPut(fd: number, bytes: Uint8Array): boolean;
  outletFlush(fd: number, milliseconds: number): boolean;
  replaceDescriptor(fd: number, by: number): void;
  identifyDirectory(path: Uint8Array): DirectoryFacts;
  lockFile(fd: number): boolean;
  pathWatchOpen(wake: () => void): PathWatch;
  pathWatchSet(watch: PathWatch, paths: readonly Uint8Array[]): boolean;
  pathWatchClose(watch: PathWatch): void;
}

declare const pathWatch: unique symbol;
/** A thread that watches what stands at some paths, opaque; see src/native/addon/path-watch.c. */
export interface PathWatch {
  readonly [pathWatch]: true;
}

/**
 * As strings, empty where not to be had; `handle` and `uuid` in hex, `born` in seconds since 1970,
 * `id` that of statfs(2).
 */
export type DirectoryFacts = readonly [
  device: string,
  inode: string,
  mount: string,
  handle: string,
  born: string,
  type: string,
  id: string,
  uuid: string,
  root: string,
];

const door = native as unknown as MasterNative;

/**
 * Why a pattern is no POSIX extended regular expression in the words of regcomp(3), or undefined
 * when it is one.
 */
export function checkPattern(pattern: BytePath): string | undefined {
  return door.checkPattern(toBuffer(pattern));
}

/**
 * Sends one datagram to an AF_UNIX socket, without waiting; a path that begins with `@` is an
 * abstract name. Throws an Error with `code`, EPROTOTYPE where the socket is one for streams.
 */
export function sendDatagram(path: BytePath, message: string | Buffer): void {
  door.sendUnixMessage(toBuffer(path), Buffer.from(message), 0);
}

/**
 * Sends a message to an AF_UNIX socket for streams, over a connection of its own, without waiting.
 * Throws an Error with `code`.
 */
export function sendOverStream(path: BytePath, message: Buffer): void {
  door.sendUnixMessage(toBuffer(path), message, 1);
}

/** Who is at the other end of a connected AF_UNIX socket (SO_PEERCRED of unix(7)). */
export function peerCredentials(fd: number): {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
} {
  const [pid, uid, gid] = door.peerCredentials(fd);
  return { pid, uid, gid };
}

/** Whether any process has this real uid. */
export function uidHasProcesses(uid: number): boolean {
  return door.uidHasProcesses(uid);
}

/**
 * What the kernel knows of a directory and its file system. Throws an Error with `code`; ENOTDIR
 * for a symbolic link.
 */
export function identifyDirectory(path: BytePath): DirectoryFacts {
  return door.identifyDirectory(toBuffer(path));
}

/**
 * Whether a file open for writing is ours now, until its descriptor is closed; false while another
 * process has it. Throws an Error with `code`.
 */
export function lockFile(fd: number): boolean {
  return door.lockFile(fd);
}

/** Descriptors that can be written to without waiting. */
export type OutletDescriptor = 1 | 2;

/**
 * Has the text written by a thread that may wait. Returns false where too much waits already; then
 * nothing was taken.
 */
export function outletPut(descriptor: OutletDescriptor, text: string | Buffer): boolean {
  return door.outletPut(descriptor, typeof text === 'string' ? Buffer.from(text, 'utf8') : text);
}

/** Waits until all is written, `milliseconds` at most. Returns whether it is. */
export function outletFlush(descriptor: OutletDescriptor, milliseconds: number): boolean {
  return door.outletFlush(descriptor, milliseconds);
}

/**
 * From now on `descriptor` means what `by` means, which stays open: dup2(2). Throws an Error with
 * `code`.
 */
export function replaceDescriptor(descriptor: number, by: number): void {
  door.replaceDescriptor(descriptor, by);
}

/**
 * `wake` is called once after something may have changed, until `setPathWatch` is called. Throws an
 * Error with `code`.
 */
export function openPathWatch(wake: () => void): PathWatch {
  return door.pathWatchOpen(wake);
}

/**
 * Watches the directories on the way to absolute paths, as far as they exist, and what is mounted;
 * false when one of them cannot be watched.
 */
export function setPathWatch(opened: PathWatch, paths: readonly Uint8Array[]): boolean {
  return door.pathWatchSet(opened, paths);
}

export function closePathWatch(opened: PathWatch): void {
  door.pathWatchClose(opened);
}
