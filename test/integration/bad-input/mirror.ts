/** Mode mirror, which has no handler. */
import { mkdirSync } from 'node:fs';
import type { Case } from './case.js';

const WORDS = ['-Mmirror', '-W~/source', '-D~/destination'];
const BACKUP = [...WORDS, '--backup-dir=~/destination/old'];
const OF_NO_USE = 'is of no use in mode mirror, which executes nothing';

export const OF_MODE_MIRROR: readonly Case[] = [
  {
    what: 'a mirror without a destination',
    words: ['-Mmirror', '-W~/source'],
    exit: 22,
    message:
      'mode mirror needs a destination: give one with --destination-dir (-D), or name it in ' +
      'the handler arguments',
  },
  {
    what: 'a mirror on another host',
    words: ['-Mmirror', '-W~/source', '-Dhost:/copy'],
    exit: 22,
    message:
      '--destination-dir: host:/copy is on another host, and mode mirror keeps a local ' +
      'directory: use -Mrsyncdirect',
  },
  {
    what: 'a mirror with a handler',
    words: [...WORDS, '-Srsync'],
    exit: 22,
    message: `--sync-handler: ${OF_NO_USE}`,
  },
  {
    what: 'a mirror with arguments for a handler',
    words: [...WORDS, '--', '-a'],
    exit: 22,
    message: '--mode: mirror takes no arguments for a handler, as it executes nothing',
  },
  {
    what: 'a mirror in both directions',
    words: [...WORDS, '--two-way'],
    exit: 22,
    message: '--two-way: is for mode rsyncdirect',
  },
  {
    what: 'a mirror with lists',
    words: [...WORDS, '-L~'],
    exit: 22,
    message: `--lists-dir: ${OF_NO_USE}`,
  },
  {
    what: 'a mirror that shows something to handlers',
    words: [...WORDS, '--handler-allow=/'],
    exit: 22,
    message: '--handler-allow: is of no use in mode mirror without hooks, which executes nothing',
  },
  {
    what: 'a mirror with a hook that is shown something that is not there',
    words: [...WORDS, '--sync-hook=/bin/true', '--handler-allow=~/absent'],
    exit: 2,
    message: '--handler-allow: ~/absent does not exist',
  },
  {
    what: 'a mirror that switches off what a block may have, to nowhere',
    words: [...WORDS, '--two-way=0', '--lists-dir=', '--handler-view=strict', '-D~/absent'],
    exit: 2,
    message: '--destination-dir: ~/absent does not exist',
  },
  {
    what: 'a mirror as of the C program',
    words: [...WORDS, '--compat'],
    exit: 22,
    message: '--compat: cannot be used in mode mirror, which the C program does not have',
  },
  {
    what: 'old versions in a place that has nothing in common with the destination',
    words: [...WORDS, '--backup-dir=/usr'],
    exit: 22,
    message:
      '--backup-dir: /usr has nothing but the root directory in common with the destination: ' +
      'name a directory of its own',
  },
  {
    what: 'a mirror around its source',
    words: ['-Mmirror', '-W~/source', '-D~'],
    exit: 22,
    message:
      '--destination-dir: ~ holds the watched directory ~/source, which the sync would delete',
  },
  {
    what: 'an attribute that a mirror does not know',
    words: [...WORDS, '--mirror-attributes=mode,colour'],
    exit: 22,
    message:
      '--mirror-attributes: "mode,colour" is none of owner, group, mode, times, acls, xattrs, ' +
      'capabilities, links',
  },
  {
    what: 'an option of mode mirror in another one',
    words: ['-Mrsyncdirect', '-W~/source', '-D~/destination', '--fsync'],
    exit: 22,
    message: '--fsync: is for mode mirror',
  },
  {
    what: 'days to keep nothing for',
    words: [...WORDS, '--backup-keep=7'],
    exit: 22,
    message: '--backup-keep: needs --backup-dir',
  },
  {
    what: 'no directory of old versions',
    words: BACKUP,
    exit: 2,
    message: '--backup-dir: ~/destination/old does not exist',
  },
  {
    what: 'old versions in the source',
    words: [...WORDS, '--backup-dir=~/source/old'],
    exit: 22,
    message: '--backup-dir: ~/source/old lies in the watch directory: name a directory of its own',
    prepare: (base) => mkdirSync(`${base}/source/old`),
  },
  {
    what: 'old versions around the destination',
    words: [...WORDS, '--backup-dir=~'],
    exit: 22,
    message: '--backup-dir: ~ holds the destination: name a directory of its own',
  },
];
