/**
 * `--background`: the daemon runs in a session of its own, and the command returns when it is ready
 * or has failed.
 */
import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';
import { fromText } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { ClsyncError } from '../shared/errors.js';
import { FILES } from '../shared/layout.js';
import { collected, startLauncher } from '../shared/launcher.js';
import { replaceDescriptor } from './native.js';
import { READY_VARIABLE } from './settings/environment.js';
import type { StartContext } from './settings/start-context.js';

/**
 * Descriptor on which the daemon reports the command's exit status. READY_VARIABLE passes the
 * number to the daemon.
 */
const READY = 3;
const LAUNCHER = 4;

/**
 * Starts the daemon with the same arguments and waits for its report. Returns the exit status of
 * the command.
 */
export async function startInBackground(
  words: readonly BytePath[],
  around: StartContext,
): Promise<number> {
  const script = process.argv[1] as string;
  const launcher = startLauncher(FILES.launcher, LAUNCHER, [
    'inherit',
    'inherit',
    'inherit',
    'pipe',
    'pipe',
  ]);
  const ready = launcher.pipe(READY);
  if (ready === undefined)
    throw new ClsyncError('SANDBOX', 'daemon', `${FILES.launcher} cannot be run`);
  const status = collected(ready);
  const failure = await launcher.launch({
    descriptors: [0, 1, 2, READY],
    session: true,
    directory: around.directory,
    noNewPrivileges: false,
    program: fromText(process.execPath),
    arguments: [...[process.execPath, ...process.execArgv, script].map(fromText), ...words],
    environment: [...around.environment, fromText(`${READY_VARIABLE}=${READY}`)],
  });
  if (failure !== undefined)
    throw new ClsyncError('SANDBOX', 'daemon', `${failure.step}: ${failure.words}`);
  const [exit] = await status;
  launcher.child.unref();
  return exit ?? 70;
}

/** Whether this process is the daemon that `startInBackground` started. */
export function isInBackground(): boolean {
  return process.env[READY_VARIABLE] === String(READY) && isSocket(READY);
}

/**
 * Reports to the waiting command: 0 once ready, else the exit status of the failed start. Only the
 * first report counts.
 */
export function reportToCommand(exit: number): void {
  if (!isInBackground()) return;
  delete process.env[READY_VARIABLE];
  try {
    writeSync(READY, Buffer.from([exit]));
  } catch {
    // the command was killed: the daemon runs on without it
  }
  closeSync(READY);
}

/**
 * Called once the tree is watched. Redirects descriptors 0, 1 and 2 to /dev/null, except `kept`,
 * which receives the messages: a program that reads the command's output to its end must not wait
 * for the daemon.
 */
export function leaveDescriptors(kept: number | undefined): void {
  const nothing = openSync('/dev/null', 'r+');
  for (const descriptor of [0, 1, 2])
    if (descriptor !== kept) replaceDescriptor(descriptor, nothing);
  closeSync(nothing);
}

/** A user may have set the variable by hand, with another descriptor behind the number. */
function isSocket(fd: number): boolean {
  try {
    return fstatSync(fd).isSocket();
  } catch {
    return false;
  }
}
