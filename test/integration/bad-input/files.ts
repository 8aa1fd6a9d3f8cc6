/** Files that are read or written: rules, configuration, pid, socket. */
import * as fs from 'node:fs';
import { MIRROR } from './case.js';
import type { Case } from './case.js';

export const FILES: readonly Case[] = [
  {
    what: 'an absent rules file',
    words: [...MIRROR, '-R~/absent'],
    exit: 2,
    message: 'the rules file ~/absent does not exist: make it, or name another with --rules-file',
  },
  {
    what: 'a bad rule',
    words: [...MIRROR, '-R~/rules'],
    files: { rules: '+f^a$\n\n-qx\n' },
    exit: 8,
    message: '~/rules:3: "-qx": the second character must be one of f d w m s W *',
  },
  {
    what: 'a bad expression in a rule',
    words: [...MIRROR, '-R~/rules'],
    files: { rules: '-f(' },
    exit: 8,
    message: '~/rules:1: "(" is no extended regular expression: Unmatched ( or \\(',
  },
  {
    what: 'a configuration that cannot be parsed',
    words: ['-H~/conf'],
    files: { conf: '[default]\nmode\n' },
    exit: 255,
    message: '~/conf:2: "mode" is no "key = value" line, no [block] and no # comment',
  },
  {
    what: 'an absent configuration',
    words: ['-H~/absent'],
    exit: 255,
    message: 'cannot read the configuration file ~/absent: no such file or directory',
  },
  {
    what: 'an absent block',
    words: ['-H~/conf', '-Kx'],
    files: { conf: '[default]\n' },
    exit: 22,
    message:
      '~/conf has no block [x]: name another with --config-block or config-block-inherits; it has',
  },
  {
    what: 'a block without a configuration file',
    words: ['-H/NULL/', '-Kwww'],
    exit: 14,
    message:
      'nothing to watch: no configuration file is in use that could have a block [www]: write one',
  },
  {
    what: 'a bad value in the configuration',
    words: ['-H~/conf'],
    files: { conf: '[default]\n\nretries = x\n' },
    exit: 22,
    message: '~/conf:3: retries: "x" is not a number',
  },
  {
    what: 'an unknown key under --check-config',
    words: [...MIRROR, '-H~/conf', '--check-config'],
    files: { conf: '[default]\nrules-path = x\n' },
    exit: 22,
    message: '~/conf:2: unknown key "rules-path", did you mean "rules-file"?',
  },
  {
    what: 'a pid file nowhere',
    words: [...MIRROR, '-z~/absent/pid'],
    exit: 2,
    message: '--pid-file: cannot write ~/absent/pid: its directory does not exist',
  },
  {
    what: 'a socket nowhere',
    words: [...MIRROR, '--socket=~/absent/socket'],
    exit: 2,
    message: '--socket: cannot write ~/absent/socket: its directory does not exist',
  },
  {
    what: 'a state directory that handlers would reach',
    words: [...MIRROR, '--state-dir=~/source/state'],
    exit: 13,
    message:
      '--state-dir: handlers would reach ~/source/state, as they are shown ~/source: name a ' +
      'directory elsewhere',
  },
  {
    what: 'a state directory that others may enter',
    words: [...MIRROR, '--state-dir=~/state'],
    prepare: (base) => fs.mkdirSync(`${base}/state`, { mode: 0o755 }),
    exit: 13,
    message: '--state-dir: ~/state must be a directory of yours that only you may enter',
  },
  {
    what: 'a state directory that cannot be made',
    words: [...MIRROR, '--state-dir=~/absent/state'],
    exit: 2,
    message: '--state-dir: cannot write ~/absent/state: its directory does not exist',
  },
];
