/** `--check-execvp-arguments`: the files that the executor and its child processes may execute. */
import { statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { fromText, isWithin, toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { readBeginning } from '../read-file.js';
import { FILES } from '../../shared/layout.js';
import { executorGrants } from './grants.js';
import { PROGRAM_DIRECTORIES } from './program-directories.js';
import type { SandboxSettings } from './settings.js';

/**
 * Node, the launcher, the plug-in hosts, the handler, the hooks and the permitted hook files, each
 * with its loader or interpreter. If one of them is a script, also the directories of system
 * programs, because scripts run other programs.
 */
export function executablesOf(settings: SandboxSettings): BytePath[] {
  const { chroot, view } = settings;
  const shown = executorGrants(settings);
  const isShown = (path: BytePath): boolean =>
    chroot !== undefined || view === 'host' || shown.some((grant) => isWithin(path, grant.path));
  const inRoot = (path: BytePath): BytePath => ((chroot ?? '') + path) as BytePath;
  const all = new Set<BytePath>();
  const add = (path: BytePath, place: (path: BytePath) => BytePath): void => {
    if (all.has(path) || !isShown(path) || statOf(place(path))?.isFile() !== true) return;
    all.add(path);
    const { script, interpreter } = needsOf(place(path));
    if (interpreter !== undefined) add(interpreter, place);
    if (!script) return;
    for (const directory of PROGRAM_DIRECTORIES.map(fromText))
      if (statOf(place(directory)) !== undefined) all.add(directory);
  };
  // These are the host's files in every view.
  const started = settings.executes ? [FILES.launcher, FILES.objectHost] : [];
  for (const own of [process.execPath, ...started]) add(fromText(own), (path) => path);
  if (!settings.executes) return [...all];
  for (const path of [...settings.programs, ...settings.permittedHooks]) add(path, inRoot);
  return [...all];
}

interface Needs {
  readonly script: boolean;
  /** The loader or interpreter, absolute. */
  readonly interpreter?: BytePath;
}

const SHELL = fromText('/bin/sh');
/**
 * Bytes to read: more than the kernel reads of a script, and more than the headers of any program.
 */
const BEGINNING = 4096;

/**
 * Whether a file is a script, and its interpreter or loader, by execve(2) and elf(5) (64 bits,
 * little-endian).
 */
function needsOf(path: BytePath): Needs {
  const start = readBeginning(path, BEGINNING);
  if (start.toString('latin1', 0, 2) === '#!') {
    const [, interpreter] = /^#![ \t]*([^ \t\n]+)/.exec(start.toString('latin1')) ?? [];
    return {
      script: true,
      ...(interpreter !== undefined && { interpreter: interpreter as BytePath }),
    };
  }
  // execvp(3) gives such a file to the shell
  if (start.toString('latin1', 0, 4) !== '\x7fELF') return { script: true, interpreter: SHELL };
  const [headers, size, count] = [
    Number(start.readBigUInt64LE(0x20)),
    start.readUInt16LE(0x36),
    start.readUInt16LE(0x38),
  ];
  for (let at = headers; at < headers + size * count && at + size <= start.length; at += size) {
    if (start.readUInt32LE(at) !== PT_INTERP) continue;
    const [from, length] = [
      Number(start.readBigUInt64LE(at + 8)),
      Number(start.readBigUInt64LE(at + 32)),
    ];
    return {
      script: false,
      interpreter: start.toString('latin1', from, from + length - 1) as BytePath,
    };
  }
  return { script: false };
}

const PT_INTERP = 3;

function statOf(path: BytePath): Stats | undefined {
  return statSync(toBuffer(path), { throwIfNoEntry: false });
}
