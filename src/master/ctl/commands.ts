/** The commands of `clsync ctl`: what each asks a daemon, and prints. */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlClient } from '../../client/control.js';
import type { ControlWord } from '../../shared/control.js';
import { count, duration } from '../../shared/in-words.js';
import { ClsyncError } from '../../shared/errors.js';
import { codeOf } from '../../shared/system-errors.js';
import { cannotWrite } from '../open-path.js';
import { shownInWords } from '../surface/differences.js';
import { complain } from '../surface/print.js';
import { outputPainter } from './colours.js';
import type { Paint } from './colours.js';
import type { Flags } from './flags.js';
import { set } from './set.js';
import { listText, statusText } from './status-text.js';
import type { Named } from './status-text.js';
import { table } from './tables.js';
import { top } from './top.js';

export interface Call {
  readonly client: ControlClient;
  /** Of the instance: of its socket. */
  readonly name: string;
  readonly words: readonly string[];
  readonly flags: Flags;
  readonly print: (text: string) => void;
}

export interface Command {
  /** What it is for, in a few words. */
  readonly does: string;
  /** Flags that not every command takes. */
  readonly flags?: readonly ('follow' | 'checksum' | 'timeout')[];
  /** Names of its arguments, all of them required; and of those that follow and are not. */
  readonly takes: readonly string[];
  readonly optional?: readonly string[];
  /** It is for all instances, whatever the flags say. */
  readonly all?: true;
  /** A daemon answers it at once, unless something is wrong with it. */
  readonly isQuick?: true;
  readonly run: (call: Call) => Promise<void>;
  /** It asks several instances by itself, all of them unless one is named. */
  readonly together?: typeof top;
  /** What is printed when all have been asked. */
  readonly end?: (flags: Flags) => string;
}

/** Only where this process sees the directory. */
function isMissing(directory: string, path: string): boolean {
  const isThere = (at: string): boolean => lstatSync(at, { throwIfNoEntry: false }) !== undefined;
  try {
    return isThere(directory) && !isThere(join(directory, path));
  } catch {
    return false;
  }
}

function silently(does: string, run: (client: ControlClient) => Promise<void>): Command {
  return { does, takes: [], run: ({ client }) => run(client) };
}

/** It is this process that writes. */
async function dump(client: ControlClient, directory: string): Promise<void> {
  try {
    await client.dump(directory);
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    throw codeOf(error) === 'EEXIST'
      ? new ClsyncError('DUMP_EXISTS', directory)
      : cannotWrite('clsync ctl dump', directory, error);
  }
}

const colours = (): Paint => outputPainter(process.env);
const listed: Named[] = [];

export const COMMANDS: Readonly<Record<ControlWord, Command>> = {
  STATUS: {
    does: 'what it does, what is pending, what failed',
    takes: [],
    isQuick: true,
    run: async ({ client, flags, print }) => {
      const status = await client.status();
      print(flags.json ? `${JSON.stringify(status)}\n` : statusText(status, Date.now(), colours()));
    },
  },
  LIST: {
    does: 'one line for each daemon in /run/clsync',
    takes: [],
    isQuick: true,
    all: true,
    run: async ({ client, name }) => void listed.push([name, await client.status()]),
    end: ({ json }) => {
      const all = listed.splice(0);
      return json
        ? all.map(([, status]) => `${JSON.stringify(status)}\n`).join('')
        : listText(all, colours());
    },
  },
  TOP: {
    does: 'all of them, live, in a terminal',
    takes: [],
    run: () => Promise.resolve(),
    together: top,
  },
  QUEUE: {
    does: 'what is pending, since when, and how often tried',
    takes: [],
    isQuick: true,
    optional: ['PATH'],
    run: async ({ client, words, flags, print }) => {
      const rows = await client.queue(words[0]);
      if (flags.json) return print(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
      const seconds = (value: number | undefined): string =>
        value === undefined ? '-' : duration(value);
      const hasSeveral = rows.some(({ destination }) => destination !== undefined);
      const lines = rows.map(({ destination, path, queue, age, tries, next }) => [
        ...(hasSeveral ? [destination ?? '-'] : []),
        queue,
        seconds(age),
        String(tries ?? 0),
        seconds(next),
        path,
      ]);
      const head = [
        ...(hasSeveral ? ['DESTINATION'] : []),
        'QUEUE',
        'AGE',
        'TRIES',
        'NEXT',
        'PATH',
      ];
      print(rows.length === 0 ? '' : table([head, ...lines]));
    },
  },
  PAUSE: silently('begin no sync until resume', (client) => client.pause()),
  RESUME: silently('sync again', (client) => client.resume()),
  FLUSH: {
    does: 'wait until what has changed is at the destination',
    takes: [],
    flags: ['timeout'],
    run: async ({ client, flags, print }) => {
      const { left, text } = await client.flush(
        flags.timeout === undefined ? undefined : flags.timeout * 1000,
      );
      if (flags.json) print(`${JSON.stringify({ left, text })}\n`);
      if (left > 0) throw new ClsyncError('NOT_FLUSHED', count(left, 'path is', 'paths are'), text);
    },
  },
  RESYNC: {
    does: 'sync everything again, or what is at PATH',
    takes: [],
    optional: ['PATH'],
    run: async ({ client, words: [path] }) => {
      const { source } = await client.status();
      await client.resync(path);
      if (path !== undefined && isMissing(source, path))
        complain(`there is no "${path}" in ${source}: what the destination has of it is removed\n`);
    },
  },
  VERIFY: {
    does: 'compare source and destination (mode mirror)',
    takes: [],
    flags: ['checksum'],
    run: async ({ client, flags, print }) => {
      const { differences, failures, text } = await client.verify(flags.checksum);
      for (const one of differences)
        print(`${flags.json ? JSON.stringify(one) : shownInWords(one)}\n`);
      if (failures > 0)
        throw new ClsyncError('NOT_LOOKED_AT', count(failures, 'path', 'paths'), text);
      const { length } = differences;
      if (length > 0)
        throw new ClsyncError('DIFFERENT', count(length, 'path differs', 'paths differ'));
    },
  },
  APPROVE: silently('let go what is held', async (client) => {
    if (!(await client.approve())) complain('nothing is held\n');
  }),
  'LOG-LEVEL': {
    does: 'error, warning, info, debug1 to debug5',
    takes: ['LEVEL'],
    run: ({ client, words }) => client.logLevel(words[0] ?? ''),
  },
  EVENTS: {
    does: 'the last syncs and failures; --follow: and those to come',
    takes: [],
    flags: ['follow'],
    run: ({ client, flags, print }) =>
      client.events(flags.follow, (event) => print(`${JSON.stringify(event)}\n`)),
  },
  SET: {
    does: 'change an option',
    takes: ['OPTION', 'VALUE'],
    run: ({ client, words: [option = '', value = ''] }) => set(client, option, value),
  },
  RELOAD: {
    does: 'read configuration and rules again',
    takes: [],
    run: async ({ client, flags, print }) => {
      const kept = await client.reload();
      if (flags.json) return print(`${JSON.stringify({ kept })}\n`);
      print(kept.map((sentence) => `${sentence}\n`).join(''));
    },
  },
  INFO: {
    does: 'its block and label, and what is held',
    takes: [],
    isQuick: true,
    run: async ({ client, flags, print }) => {
      const info = await client.info();
      print(`${flags.json ? JSON.stringify(info) : info.text}\n`);
    },
  },
  VERSION: {
    does: 'the version of the running daemon',
    takes: [],
    isQuick: true,
    run: async ({ client, flags, print }) => {
      const { major, minor, suffix } = await client.version();
      const version = `${major}.${minor}${suffix}`;
      print(`${flags.json ? JSON.stringify({ clsync: version }) : version}\n`);
    },
  },
  DUMP: {
    does: 'write its inner state to a new directory',
    takes: ['DIRECTORY'],
    run: ({ client, words: [directory = ''] }) => dump(client, directory),
  },
  DIE: silently('end it', (client) => client.die()),
  QUIT: silently('nothing but ask whether it answers', (client) => client.quit()),
};
