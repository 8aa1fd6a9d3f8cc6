/**
 * The host process of a handler that is an ECMAScript module: `main.js MODULE`. Calls arrive on
 * descriptor 4.
 */
import { ClsyncError } from '../shared/errors.js';
import { Socket } from 'node:net';
import { pathToFileURL } from 'node:url';
import { FrameReader } from '../shared/frames.js';
import { LEVELS } from '../shared/report.js';
import { FLAGS } from '../shared/plugin-flags.js';
import type {
  HandlerContext,
  HandlerResult,
  ObjectKind,
  SyncEvent,
  SyncHandler,
} from './handler.js';
import {
  ABSENT,
  CALL,
  HOST_CHANNEL,
  LONGEST,
  logAnswer,
  resultAnswer,
} from '../shared/plugin-protocol.js';

/** By the numbers of `ObjectType`. */
const KINDS: readonly ObjectKind[] = ['unknown', 'absent', 'file', 'directory'];
/** errno values, as the C host answers. */
const EINVAL = 22;
const FAILED = 1;

const channel = new Socket({ fd: HOST_CHANNEL, readable: true, writable: true });

/** Reads fields in the order in which plugin-protocol.ts writes them. */
class Fields {
  private at = 0;

  constructor(private readonly message: Buffer) {}

  number(): number {
    const value = this.message.readUInt32LE(this.at);
    this.at += 4;
    return value;
  }

  bytes(): Buffer | undefined {
    const length = this.number();
    if (length === ABSENT) return undefined;
    const value = this.message.subarray(this.at, this.at + length - 1);
    this.at += length;
    return value;
  }
}

function log(level: (typeof LEVELS)[number], text: string): void {
  channel.write(logAnswer(LEVELS.indexOf(level), text));
}

function readContext(fields: Fields): { usesLists: boolean; context: HandlerContext } {
  const usesLists = fields.number();
  const flags = new Map(
    Array.from({ length: fields.number() }, () => [fields.number(), fields.number()] as const),
  );
  const flag = (name: keyof typeof FLAGS): number => flags.get(FLAGS[name].index) ?? 0;
  const [label, watchDirectory, destination] = [
    fields.bytes() as Buffer,
    fields.bytes() as Buffer,
    fields.bytes(),
  ];
  const known = {
    label: label.toString(),
    watchDirectory,
    debugLevel: flag('debug'),
    preferInclude: flag('rsyncPreferInclude') !== 0,
    recursive: flag('haveRecursiveSync') !== 0,
    log,
  };
  return {
    usesLists: usesLists !== 0,
    context: destination === undefined ? known : { ...known, destination },
  };
}

function setVariables(fields: Fields): void {
  process.env['CLSYNC_STATUS'] = String(fields.bytes());
  process.env['CLSYNC_ITERATION'] = String(fields.bytes());
}

function readEvents(fields: Fields): SyncEvent[] {
  return Array.from({ length: fields.number() }, () => {
    const [mask, flags, before, after] = [
      fields.number(),
      fields.number(),
      fields.number(),
      fields.number(),
    ];
    const kind = (number: number): ObjectKind => KINDS[number] ?? 'unknown';
    return {
      mask,
      recursive: flags !== 0,
      before: kind(before),
      after: kind(after),
      path: fields.bytes() as Buffer,
    };
  });
}

function call(handler: SyncHandler, message: Buffer): HandlerResult {
  const fields = new Fields(message);
  switch (fields.number()) {
    case CALL.init: {
      const { usesLists, context } = readContext(fields);
      const wanted = usesLists ? 'rsync' : 'sync';
      if (handler[wanted] !== undefined) return handler.init?.(context);
      log('error', new ClsyncError('NOT_EXPORTED', `${wanted}()`).message);
      return EINVAL;
    }
    case CALL.sync:
      setVariables(fields);
      return handler.sync?.(readEvents(fields));
    case CALL.rsync:
      setVariables(fields);
      return handler.rsync?.(fields.bytes() as Buffer, fields.bytes());
    case CALL.deinit:
      return handler.deinit?.();
  }
}

async function answer(handler: SyncHandler, message: Buffer): Promise<void> {
  let result: number;
  try {
    result = (await call(handler, message)) ?? 0;
  } catch (error) {
    log('error', error instanceof Error ? (error.stack ?? error.message) : String(error));
    result = FAILED;
  }
  channel.write(resultAnswer(result));
}

async function load(path: string): Promise<SyncHandler> {
  const module = (await import(pathToFileURL(path).href)) as SyncHandler & {
    default?: SyncHandler;
  };
  return module.default ?? module;
}

const handler = await load(process.argv[2] ?? '').catch((error: unknown) => {
  log('error', error instanceof Error ? error.message : String(error));
  channel.end(() => process.exit(FAILED));
  return undefined;
});
if (handler !== undefined) {
  const reader = new FrameReader(LONGEST.call);
  let last: Promise<void> = Promise.resolve();
  channel.on('data', (chunk: Buffer) => {
    for (const message of reader.read(chunk)) last = last.then(() => answer(handler, message));
  });
  channel.on('close', () => process.exit(0));
}
