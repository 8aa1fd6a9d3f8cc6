/** The files of the host that the monitor keeps for the master, as rows of what it is told. */
import { closeSync, fstatSync } from 'node:fs';
import { normalize } from 'node:path';
import { basename, parent } from '../../shared/bytes.js';
import { dumpParts } from '../../shared/dump-files.js';
import type { BytePath } from '../../shared/bytes.js';
import type { Identity } from '../../shared/specification.js';
import { STATUSES } from '../../shared/settings.js';
import { LOG_MODE } from '../kept-files.js';
import type { KeptFile, KeptOption } from '../kept-files.js';
import { openPath } from '../open-path.js';
import { STARTER } from '../starter.js';
import type { ControlAccess } from '../surface/control-rights.js';
import { DEFAULT_MODE } from '../surface/control-rights.js';
import type { FrozenFile } from './frozen-wire.js';

/** Mode bits of the pid, status and metrics files, but for the umask. */
const TEXT_MODE = 0o644;
const PRIVATE = 0o700;
/** Of what is only read or removed. */
const OURS = { uid: STARTER.euid, gid: STARTER.gid } as const;
const NOBODYS = { ...OURS, mode: 0 } as const;

type Place = Pick<FrozenFile, 'directory' | 'owner' | 'name'>;

/** @param destinations how many there are */
export function keptFile(file: KeptFile, access: ControlAccess, destinations: number): FrozenFile {
  const place: Place = {
    directory: file.place.path,
    owner: fstatSync(file.directory).uid,
    name: file.name,
  };
  const rows: Readonly<Record<KeptOption, () => FrozenFile>> = {
    '--pid-file': () => textFile(file, place, [String(process.pid)]),
    '--status-file': () => textFile(file, place, STATUSES),
    '--metrics-file': () => ({ ...textFile(file, place, []), kind: 'written' }),
    '--socket': () => ({
      ...place,
      kind: 'socket',
      uid: access.uid ?? STARTER.euid,
      gid: access.gid ?? STARTER.gid,
      mode: access.mode ?? DEFAULT_MODE,
      own: file.ours,
    }),
    '--rules-file': () => readFile(file),
    '--config-file': () => readFile(file),
    '--dump-dir': () => ({
      ...place,
      kind: 'dump',
      ...OURS,
      mode: PRIVATE,
      texts: dumpParts(destinations),
    }),
    '--log-file': () => ({ ...place, kind: 'append', ...NOBODYS, mode: masked(LOG_MODE) }),
  };
  return rows[file.option]();
}

/** The directory of `--lists-dir`, which is the executor's. */
export function listsFile(path: BytePath, executor: Identity | undefined): FrozenFile {
  const { uid, gid } = executor ?? { uid: STARTER.euid, gid: STARTER.gid };
  return { ...placeOf(path), kind: 'directory', uid, gid, mode: PRIVATE };
}

/** Files that are only removed at the end; and then, if asked for, their directory. */
export function leftFiles(
  { directory, names }: { readonly directory: BytePath; readonly names: readonly BytePath[] },
  withDirectory: boolean,
): FrozenFile[] {
  if (names.length === 0) return [];
  const inside = placeIn(directory);
  const files = names.map((name): FrozenFile => ({ ...inside, name, kind: 'left', ...NOBODYS }));
  return withDirectory
    ? [...files, { ...placeOf(directory), kind: 'leftDirectory', ...NOBODYS }]
    : files;
}

function textFile(file: KeptFile, place: Place, texts: readonly string[]): FrozenFile {
  return {
    ...place,
    kind: 'text',
    uid: STARTER.euid,
    gid: STARTER.gid,
    mode: masked(TEXT_MODE),
    own: file.ours,
    texts,
  };
}

function readFile(file: KeptFile): FrozenFile {
  const leads = leadsTo(file);
  file.led = leads === normalize(file.path) ? undefined : leads;
  return { ...placeOf(leads), kind: 'read', ...NOBODYS };
}

function masked(mode: number): number {
  const umask = process.umask(0);
  process.umask(umask);
  return mode & ~umask;
}

/** Where the symbolic links on the way to it lead. */
function leadsTo(file: KeptFile): BytePath {
  const opened = openPath(file.name, 'any', { from: file.place });
  closeSync(opened.descriptor);
  return opened.path;
}

/** @param path absolute, of a name in a directory that exists */
function placeOf(path: BytePath): Place {
  return { ...placeIn(parent(path)), name: basename(path) };
}

function placeIn(directory: BytePath): Omit<Place, 'name'> {
  const opened = openPath(directory);
  try {
    return { directory: opened.path, owner: fstatSync(opened.descriptor).uid };
  } finally {
    closeSync(opened.descriptor);
  }
}
