/** The master's part of the addon. */
import { toBuffer } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { native } from '../shared/native.js';

interface MasterNative {
  checkPattern(pattern: Uint8Array): string | undefined;
  sendDatagram(path: Uint8Array, message: Uint8Array): void;
  peerCredentials(fd: number): [number, number, number];
  uidHasProcesses(uid: number): boolean;
  identifyDirectory(path: Uint8Array): DirectoryFacts;
  lockFile(fd: number): boolean;
}

/** As strings, empty where not to be had; `handle` and `uuid` in hex, `born` in seconds since 1970, `id` that of statfs(2). */
export type DirectoryFacts = readonly [device: string, inode: string, mount: string, handle: string, born: string, type: string, id: string, uuid: string];

const door = native as unknown as MasterNative;

/** Why a pattern is no POSIX extended regular expression in the words of regcomp(3), or undefined when it is one. */
export function checkPattern(pattern: BytePath): string | undefined {
  return door.checkPattern(toBuffer(pattern));
}

/** Sends one datagram to an AF_UNIX socket; a path that begins with `@` is an abstract name. Throws an Error with `code`. */
export function sendDatagram(path: BytePath, message: string): void {
  door.sendDatagram(toBuffer(path), Buffer.from(message, 'utf8'));
}

/** Who is at the other end of a connected AF_UNIX socket (SO_PEERCRED of unix(7)). */
export function peerCredentials(fd: number): { readonly pid: number; readonly uid: number; readonly gid: number } {
  const [pid, uid, gid] = door.peerCredentials(fd);
  return { pid, uid, gid };
}

/** Whether any process has this real uid. */
export function uidHasProcesses(uid: number): boolean {
  return door.uidHasProcesses(uid);
}

/** What the kernel knows of a directory and its file system. Throws an Error with `code`; ENOTDIR for a symbolic link. */
export function identifyDirectory(path: BytePath): DirectoryFacts {
  return door.identifyDirectory(toBuffer(path));
}

/** Whether a file open for writing is ours now, until its descriptor is closed; false while another process has it. Throws an Error with `code`. */
export function lockFile(fd: number): boolean {
  return door.lockFile(fd);
}
