/** Options of `clsync ctl` itself, which no daemon has. */
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';

export interface Flags {
  /** Answers for programs. */
  readonly json: boolean;
  /** All instances whose sockets are in /run/clsync. */
  readonly all: boolean;
  readonly follow: boolean;
  /** Contents are compared. */
  readonly checksum: boolean;
  /** Of the instance: its socket is /run/clsync/NAME.sock. */
  readonly name: BytePath | undefined;
  /** Seconds. */
  readonly timeout: number | undefined;
}

const SWITCHES = ['json', 'all', 'follow', 'checksum'] as const;
const VALUES = ['name', 'timeout'] as const;

/** The flags among the words, and the other words. Throws ClsyncError. */
export function takeFlags(words: readonly BytePath[]): [flags: Flags, others: BytePath[]] {
  const others: BytePath[] = [];
  const switches = new Set<string>();
  const values = new Map<string, BytePath>();
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as BytePath;
    const [, key = '', value] = /^--([a-z]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (SWITCHES.some((known) => known === key) && value === undefined) switches.add(key);
    else if (VALUES.some((known) => known === key)) {
      const given = value ?? words[++i];
      if (given === undefined) throw new ClsyncError('USAGE', `--${key} needs a value behind it`);
      values.set(key, given as BytePath);
    } else others.push(word);
  }
  const timeout = values.get('timeout');
  if (timeout !== undefined && !(Number(timeout) > 0))
    throw new ClsyncError(
      'USAGE',
      `--timeout: "${timeout}" is no number of seconds: give one, such as 10`,
    );
  const has = (flag: (typeof SWITCHES)[number]): boolean => switches.has(flag);
  return [
    {
      json: has('json'),
      all: has('all'),
      follow: has('follow'),
      checksum: has('checksum'),
      name: values.get('name'),
      timeout: timeout === undefined ? undefined : Number(timeout),
    },
    others,
  ];
}
