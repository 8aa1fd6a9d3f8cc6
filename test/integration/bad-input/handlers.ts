/** Programs that are to be started. */
import { MIRROR } from './case.js';
import type { Case } from './case.js';

export const HANDLERS: readonly Case[] = [
  {
    what: 'an unknown access for handlers',
    words: [...MIRROR, '--handler-allow=~/source:rwz'],
    exit: 22,
    message:
      '--handler-allow: "~/source:rwz" ends with none of :rw, :rwx, :socket, and there is no such file',
  },
  {
    what: 'an absent path for handlers',
    words: [...MIRROR, '--handler-allow=~/source,~/absent:rw'],
    exit: 2,
    message: '--handler-allow: ~/absent does not exist',
  },
  {
    what: 'no path for handlers',
    words: [...MIRROR, '--handler-allow=:rw'],
    exit: 22,
    message: '--handler-allow: ":rw" names no path',
  },
  {
    what: 'an absent handler',
    words: ['-Mshell', '-W~/source', '-S~/absent'],
    exit: 2,
    message: '--sync-handler: there is no program ~/absent',
  },
  {
    what: 'no handler',
    words: ['-Mshell', '-W~/source'],
    exit: 22,
    message: 'mode shell needs a handler: give one with --sync-handler (-S)',
  },
  {
    what: 'a handler that may not be executed',
    words: ['-Mshell', '-W~/source', '-S~/handler'],
    files: { handler: '' },
    exit: 13,
    message: '--sync-handler: ~/handler may not be executed',
  },
  {
    what: 'an absent exit hook',
    words: [...MIRROR, '--exit-hook=~/absent'],
    exit: 2,
    message: '--exit-hook: there is no program ~/absent',
  },
  {
    what: 'no rsync',
    words: MIRROR,
    path: '/nonexistent',
    exit: 2,
    message: 'rsync is not installed: install it, or name another program with --sync-handler (-S)',
  },
];
