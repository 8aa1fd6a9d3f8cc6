/** The paths that the master may read once the roles run; Landlock refuses it all others. */
import { lstatSync } from 'node:fs';
import { fromText, toBuffer } from '../../shared/bytes.js';
import { grant, programPaths } from './grants.js';
import type { Grant } from './grants.js';
import { LIBRARY_DIRECTORIES } from './program-directories.js';
import { systemDirectories } from './system-files.js';

/** What is in all directories of time zones, and what processes and control groups tell. */
const READ = [
  '/usr/share/zoneinfo',
  '/proc',
  '/sys/fs/cgroup',
  ...['/dev/null', '/dev/random', '/dev/urandom'],
];
/** The names of volumes, by which a disk is known again. */
const LISTED = ['/dev/disk'];

/**
 * What it was given the path of is not among them: such files the monitor opens. System files are
 * replaced by others, so that their directories are granted.
 */
export function masterGrants(): readonly Grant[] {
  const read = [...LIBRARY_DIRECTORIES, ...READ].map(fromText);
  return [
    ...grant('read', [...new Set([...read, ...programPaths(), ...systemDirectories()])]),
    ...grant('list', LISTED.map(fromText)),
  ].filter(({ path }) => lstatSync(toBuffer(path), { throwIfNoEntry: false }) !== undefined);
}
