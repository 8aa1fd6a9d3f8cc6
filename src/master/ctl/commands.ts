/** The commands of `clsync ctl`: what each asks a daemon, and prints. */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlClient } from '../../client/control.js';
import type { ControlWord } from '../../shared/control.js';
import type { InstanceStatus } from '../../shared/control-status.js';
import { count, duration } from '../../shared/in-words.js';
import { ClsyncError } from '../../shared/errors.js';
import { shownInWords } from '../surface/differences.js';
import { complain } from '../surface/print.js';
import { outputPainter } from './colours.js';
import type { Paint } from './colours.js';
import type { Flags } from './flags.js';
import { set } from './set.js';
import { listText, statusText } from './status-text.js';
import { table } from './tables.js';
import { top } from './top.js';

export interface Call {
  readonly client: ControlClient;
  readonly words: readonly string[];
  readonly flags: Flags;
  readonly print: (text: string) => void;
}

export interface Command {
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

function silently(
  run: (client: ControlClient, words: readonly string[]) => Promise<void>,
): Command {
  return { takes: [], run: ({ client, words }) => run(client, words) };
}

const colours = (): Paint => outputPainter(process.env);
const listed: InstanceStatus[] = [];

export const COMMANDS: Readonly<Record<ControlWord, Command>> = {
  STATUS: {
    takes: [],
    isQuick: true,
    run: async ({ client, flags, print }) => {
      const status = await client.status();
      print(flags.json ? `${JSON.stringify(status)}\n` : statusText(status, Date.now(), colours()));
    },
  },
  LIST: {
    takes: [],
    isQuick: true,
    all: true,
    run: async ({ client }) => void listed.push(await client.status()),
    end: ({ json }) => {
      const all = listed.splice(0);
      return json
        ? all.map((one) => `${JSON.stringify(one)}\n`).join('')
        : listText(all, colours());
    },
  },
  TOP: { takes: [], run: () => Promise.resolve(), together: top },
  QUEUE: {
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
  PAUSE: silently((client) => client.pause()),
  RESUME: silently((client) => client.resume()),
  FLUSH: {
    takes: [],
    run: async ({ client, flags, print }) => {
      const { left, text } = await client.flush(
        flags.timeout === undefined ? undefined : flags.timeout * 1000,
      );
      if (flags.json) print(`${JSON.stringify({ left, text })}\n`);
      if (left > 0) throw new ClsyncError('NOT_FLUSHED', count(left, 'path is', 'paths are'), text);
    },
  },
  RESYNC: {
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
    takes: [],
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
  APPROVE: silently(async (client) => {
    if (!(await client.approve())) complain('nothing is held\n');
  }),
  'LOG-LEVEL': { takes: ['LEVEL'], run: ({ client, words }) => client.logLevel(words[0] ?? '') },
  EVENTS: {
    takes: [],
    run: ({ client, flags, print }) =>
      client.events(flags.follow, (event) => print(`${JSON.stringify(event)}\n`)),
  },
  SET: {
    takes: ['OPTION', 'VALUE'],
    run: ({ client, words: [option = '', value = ''] }) => set(client, option, value),
  },
  RELOAD: {
    takes: [],
    run: async ({ client, flags, print }) => {
      const kept = await client.reload();
      if (flags.json) return print(`${JSON.stringify({ kept })}\n`);
      print(kept.map((sentence) => `${sentence}\n`).join(''));
    },
  },
  INFO: { takes: [], run: async ({ client, print }) => print((await client.info()).text + '\n') },
  VERSION: {
    takes: [],
    isQuick: true,
    run: async ({ client, print }) => {
      const { major, minor, suffix } = await client.version();
      print(`${major}.${minor}${suffix}\n`);
    },
  },
  DUMP: {
    takes: ['DIRECTORY'],
    run: ({ client, words: [directory = ''] }) => client.dump(directory),
  },
  DIE: silently((client) => client.die()),
  QUIT: silently((client) => client.quit()),
};
