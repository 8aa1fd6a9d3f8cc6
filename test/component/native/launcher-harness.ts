/**
 * Starts programs through the launcher, for its tests: sends bytes as the specification and
 * collects the output.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { FILES } from '../../../src/shared/layout.js';
import { fromText } from '../../../src/shared/bytes.js';
import { nothingToRead } from '../../../src/shared/native.js';
import { decodeFailure, encodeSpecification } from '../../../src/shared/specification-wire.js';
import { handlerSpecification } from '../../../src/executor/run/specification.js';
import type { LauncherFailure } from '../../../src/shared/specification-wire.js';
import type { Specification } from '../../../src/shared/specification.js';

export interface Launched {
  readonly child: ChildProcess;
  /** Resolves when the program runs (undefined), or with the failure that the launcher reports. */
  readonly started: Promise<LauncherFailure | undefined>;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; output: string }>;
}

/**
 * Starts the launcher with `bytes` as specification. `extra` descriptors become 3, 4 … of the
 * program; the launcher's own follows them.
 */
export function launchBytes(
  bytes: Buffer,
  options: { launcher?: string; extra?: readonly number[]; environment?: NodeJS.ProcessEnv } = {},
): Launched {
  const extra = options.extra ?? [];
  const own = 3 + extra.length;
  const input = nothingToRead();
  const child = spawn(options.launcher ?? FILES.launcher, [String(own)], {
    stdio: [input, 'pipe', 'inherit', ...extra, 'pipe'],
    env: options.environment ?? {},
  });
  closeSync(input);
  const channel = child.stdio[own] as Duplex;
  channel.on('error', () => undefined); // the launcher may end before it has read everything
  channel.write(bytes);
  const report: Buffer[] = [];
  channel.on('data', (chunk: Buffer) => report.push(chunk));
  const started = new Promise<void>((resolve) => channel.once('close', resolve)).then(() =>
    decodeFailure(Buffer.concat(report)),
  );
  const output: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    output: Buffer.concat(output).toString('latin1'),
  }));
  return { child, started, ended };
}

/** A specification that runs `/bin/cat` with these arguments, changed as the test wants. */
export function specificationOf(
  words: readonly string[],
  changes: Partial<Specification> = {},
): Specification {
  const call = {
    program: fromText('/bin/cat'),
    arguments: ['cat', ...words].map(fromText),
    environment: [],
    directory: fromText('/'),
  };
  return { ...handlerSpecification(call), ...changes };
}

export function launch(
  specification: Specification,
  options: Parameters<typeof launchBytes>[1] = {},
): Launched {
  return launchBytes(encodeSpecification(specification), options);
}
