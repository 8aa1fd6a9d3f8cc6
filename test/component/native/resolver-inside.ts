/**
 * Started by resolver.test.ts with a group of fanotify(7) and a socket to the process that tells
 * where directories are: makes directories in the one given, and asks where they are. Prints the
 * answers as JSON.
 */
import {
  mkdirSync,
  readSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { codeOf } from '../../../src/shared/system-errors.js';

const [, , events, resolver, inside, outside] = process.argv;
if (inside === undefined || outside === undefined) throw new Error('two directories are wanted');
const [group, peer] = [Number(events), Number(resolver)];

/** Others may do something in the file system, too, but not under this name. */
const NAME = 'clsync-own';

/** 0: there is nothing to read. */
function readAll(buffer: Buffer): number {
  try {
    return readSync(group, buffer);
  } catch (error) {
    if (codeOf(error) !== 'EAGAIN') throw error;
    return 0;
  }
}

/** The handles of the directories in which something has happened since the last call, each once. */
function handles(): Buffer[] {
  const found = new Map<string, Buffer>();
  const buffer = Buffer.alloc(1 << 16);
  for (let length; (length = readAll(buffer)) > 0;) {
    for (let at = 0, size; at < length; at += size) {
      size = buffer.readUInt32LE(at);
      // struct fanotify_event_metadata, then fanotify_event_info_fid with a struct file_handle.
      for (let info = at + 24, own; info < at + size; info += own) {
        own = buffer.readUInt16LE(info + 2);
        const bytes = buffer.readUInt32LE(info + 12);
        const question = Buffer.from(buffer.subarray(info + 16, info + 20 + bytes));
        const name = buffer.toString('latin1', info + 20 + bytes, info + own);
        if (name.startsWith(NAME)) found.set(question.toString('hex'), question);
      }
    }
  }
  return [...found.values()];
}

function handleOf(directory: string): Buffer {
  handles();
  writeFileSync(`${directory}/${NAME}`, '');
  const [handle] = handles();
  if (handle === undefined) throw new Error(`no event in ${directory}`);
  return handle;
}

function ask(question: Buffer): string {
  const answer = Buffer.alloc(8192);
  writeSync(peer, question);
  const length = readSync(peer, answer);
  return `${answer.readUInt32LE(0)} ${answer.toString('latin1', 4, length)}`;
}

mkdirSync(`${inside}/a/b`, { recursive: true });
mkdirSync(`${inside}/gone`);
const deep = handleOf(`${inside}/a/b`);
const gone = handleOf(`${inside}/gone`);
const answers: Record<string, string> = {
  itself: ask(handleOf(inside)),
  beneath: ask(deep),
  beside: ask(handleOf(outside)),
};
renameSync(`${inside}/a`, `${inside}/c\n(deleted)`);
answers['renamed'] = ask(deep);
renameSync(`${inside}/c\n(deleted)`, `${outside}/c`);
answers['moved out'] = ask(deep);
unlinkSync(`${inside}/gone/${NAME}`);
rmdirSync(`${inside}/gone`);
answers['removed'] = ask(gone);
const unknown = Buffer.from(deep);
unknown.fill(0xee, 4);
answers['unknown'] = ask(unknown);
answers['no handle'] = ask(Buffer.alloc(4));

console.log(JSON.stringify(answers));
