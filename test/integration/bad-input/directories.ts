/** What is watched and where it goes to. */
import * as fs from 'node:fs';
import { ORDINARY_USER } from '../../harness/user.js';
import { MIRROR } from './case.js';
import type { Case } from './case.js';

export const DIRECTORIES: readonly Case[] = [
  {
    what: 'nothing at all',
    words: [],
    exit: 14,
    message:
      'nothing to watch: give a directory with --watch-dir (-W), or two: clsync SOURCE DESTINATION',
  },
  {
    what: 'an absent source',
    words: [...MIRROR, '-W~/absent'],
    exit: 2,
    message: '--watch-dir: ~/absent does not exist',
  },
  {
    what: 'a source that is a file',
    words: [...MIRROR, '-W~/file'],
    files: { file: '' },
    exit: 20,
    message: '--watch-dir: ~/file is not a directory',
  },
  {
    what: 'an unreadable source',
    words: MIRROR,
    user: ORDINARY_USER,
    prepare: (base) => fs.chmodSync(`${base}/source`, 0o700),
    exit: 13,
    message: '--watch-dir: no permission for ~/source',
  },
  {
    what: 'an absent destination',
    words: [...MIRROR, '-D~/absent'],
    exit: 2,
    message: '--destination-dir: ~/absent does not exist',
  },
  {
    what: 'no destination',
    words: MIRROR.slice(0, 2),
    exit: 22,
    message:
      'mode rsyncdirect needs a destination: give one with --destination-dir (-D), or name ' +
      'it in the handler arguments',
  },
  {
    what: 'no destination in mode direct',
    words: ['-Mdirect', '-W~/source', '-Secho'],
    exit: 22,
    message:
      'mode direct needs a destination: give one with --destination-dir (-D), or name it ' +
      'in the handler arguments',
  },
  {
    what: 'no destination, which the handler arguments name',
    words: ['-Mdirect', '-W~/source', '-Secho', '--', '%INCLUDE-LIST%', '%destination-dir%/'],
    exit: 22,
    message:
      'the handler arguments name %destination-dir%, which is not set: give one with ' +
      '--destination-dir (-D)',
  },
  {
    what: '/ as destination',
    words: [...MIRROR, '-D/'],
    exit: 22,
    message: '--destination-dir: / cannot be a destination',
  },
  {
    what: 'a destination inside the source',
    words: [...MIRROR, '-D~/source/sub'],
    prepare: (base) => fs.mkdirSync(`${base}/source/sub`),
    exit: 22,
    message:
      '--destination-dir: ~/source/sub is or lies inside the watched directory ~/source, ' +
      'the copy would copy itself',
  },
  {
    what: 'a destination inside the source through a symbolic link',
    words: [...MIRROR, '-D~/link'],
    prepare: (base) => {
      fs.mkdirSync(`${base}/source/sub`);
      fs.symlinkSync('source/sub', `${base}/link`);
    },
    exit: 22,
    message:
      '--destination-dir: ~/source/sub is or lies inside the watched directory ~/source, ' +
      'the copy would copy itself',
  },
  {
    what: 'a destination around the source',
    words: [...MIRROR, '-D~'],
    exit: 22,
    message:
      '--destination-dir: ~ holds the watched directory ~/source, which the sync would delete',
  },
];
