/**
 * `--background`: the daemon runs in a session of its own, and the command returns when it is ready
 * or has failed.
 */
import { spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';
import type { Duplex, Readable } from 'node:stream';
import { fromText } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { ClsyncError } from '../shared/errors.js';
import { FILES } from '../shared/layout.js';
import { decodeFailure, encodeSpecification } from '../shared/specification-wire.js';
import { replaceDescriptor } from './native.js';
import { READY_VARIABLE } from './settings/environment.js';
import type { Surroundings } from './settings/surroundings.js';

/**
 * Descriptor on which the daemon tells the command its exit status; its number travels in the
 * environment.
 */
const READY = 3;
const LAUNCHER = 4;

/**
 * Starts the daemon with the same words and waits for its word. Returns the exit status of the
 * command.
 */
export async function startInBackground(
  words: readonly BytePath[],
  around: Surroundings,
): Promise<number> {
  const script = process.argv[1] as string;
  const child = spawn(FILES.launcher, [String(LAUNCHER)], {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe', 'pipe'],
    env: {},
  });
  // @types/node knows them as readable or writable only
  const launcher = (child.stdio as readonly unknown[])[LAUNCHER] as Duplex;
  const ready = child.stdio[READY] as Readable;
  const report = collect(launcher);
  const status = collect(ready);
  launcher.end(
    encodeSpecification({
      descriptors: [0, 1, 2, READY],
      session: true,
      directory: around.directory,
      noNewPrivileges: false,
      program: fromText(process.execPath),
      arguments: [...[process.execPath, ...process.execArgv, script].map(fromText), ...words],
      environment: [...around.environment, fromText(`${READY_VARIABLE}=${READY}`)],
    }),
  );
  const failure = decodeFailure(await report);
  if (failure !== undefined)
    throw new ClsyncError('SANDBOX', 'daemon', `${failure.step}: ${failure.words}`);
  const [exit] = await status;
  child.unref();
  return exit ?? 70;
}

/** Whether this process is the daemon that `startInBackground` started. */
export function isInBackground(): boolean {
  return process.env[READY_VARIABLE] === String(READY) && isSocket(READY);
}

/** Tells the waiting command: 0 for ready, or why the start failed. Only the first word counts. */
export function reportToCommand(exit: number): void {
  if (!isInBackground()) return;
  delete process.env[READY_VARIABLE];
  try {
    writeSync(READY, Buffer.from([exit]));
  } catch {
    // the command was killed; the daemon does not depend on it
  }
  closeSync(READY);
}

/**
 * Once the tree is watched, nobody must wait any more for the descriptors that the command was
 * given: all become /dev/null but `kept`, where messages go.
 */
export function leaveDescriptors(kept: number | undefined): void {
  const nothing = openSync('/dev/null', 'r+');
  for (const descriptor of [0, 1, 2])
    if (descriptor !== kept) replaceDescriptor(descriptor, nothing);
  closeSync(nothing);
}

/** Someone may have set the variable by hand. */
function isSocket(fd: number): boolean {
  try {
    return fstatSync(fd).isSocket();
  } catch {
    return false;
  }
}

function collect(stream: Readable): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('close', () => resolve(Buffer.concat(chunks)));
  });
}
