/**
 * `clsync init`: writes a first configuration for a source and a destination, enables the service
 * where there is one, and says what to do next. Asks nothing; a file that is there gets a further
 * block.
 */
import { closeSync, constants, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { basename, display, fromText, parent, toBuffer } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { ClsyncError } from '../shared/errors.js';
import { modesWith } from '../shared/modes.js';
import type { Mode } from '../shared/modes.js';
import { ifLocal } from '../shared/places.js';
import { absolute, variableOf } from '../shared/program-search.js';
import { codeOf } from '../shared/system-errors.js';
import { enable, hasUnit } from './init-unit.js';
import { inDirectory, openPath, cannotWrite } from './open-path.js';
import type { OptionName } from './options/table.js';
import { readFile } from './read-file.js';
import type { Assignment } from './settings/assignment.js';
import { parseCommandLine } from './settings/command-line.js';
import { HOME_FILE, parseConfig, SYSTEM_FILES } from './settings/config-file.js';
import { Configuration } from './settings/configuration.js';
import { load } from './settings/load.js';
import type { StartContext } from './settings/start-context.js';
import { firstBlock, HEADER, INIT_USAGE, nextSteps } from './surface/first-configuration.js';
import type { First } from './surface/first-configuration.js';

/** The first modes that keep a copy, by themselves and by rsync. */
const [COPYING] = modesWith(({ copies }) => copies) as readonly [Mode];
const [REMOTE] = modesWith(
  ({ rsync, destination }) => rsync === 'mode' && destination,
) as readonly [Mode];
const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
const LINE_END = 10;
const READABLE = 0o644;
const ENTERABLE = 0o755;
const TAKEN: readonly OptionName[] = ['config-file', 'config-block'];
/** Where the unit keeps what outlives the daemon. */
const STATES = fromText('/var/lib/clsync');

/** Passes text to `print`. Throws ClsyncError. @param words its arguments */
export function init(
  words: readonly BytePath[],
  around: StartContext,
  print: (text: string) => number,
): number {
  const first = asked(words, around);
  check(first, around);
  write(first);
  if (first.isService) {
    makeDirectory(STATES);
    enable(first.block);
  }
  return print(nextSteps(first));
}

function asked(words: readonly BytePath[], around: StartContext): First {
  const options = new Map<OptionName, BytePath>();
  const operands = parseCommandLine(words, ({ name, text }) => options.set(name, text));
  const [source, destination, ...more] = operands;
  const odd = [...options.keys()].find((name) => !TAKEN.includes(name));
  const usage = (what: string): ClsyncError => new ClsyncError('USAGE', `${what}: ${INIT_USAGE}`);
  if (odd !== undefined) throw usage(`clsync init does not take --${odd}`);
  if (source === undefined || destination === undefined || more.length > 0)
    throw usage('clsync init takes a source and a destination');
  const isRoot = process.geteuid?.() === 0;
  const usual = usualFile(isRoot, around);
  const named = options.get('config-file');
  const file = named === undefined ? usual : absolute(named, around.directory);
  if (file === undefined)
    throw usage('HOME is not set, so name the configuration file with --config-file');
  const isLocal = ifLocal(destination) !== undefined;
  const from = absolute(source, around.directory);
  return {
    file,
    isUsual: file === usual,
    block: options.get('config-block') ?? blockOf(from),
    isLocal,
    mode: isLocal ? COPYING : REMOTE,
    source: from,
    destination: isLocal ? absolute(destination, around.directory) : destination,
    isSystems: isRoot && file === usual,
    isService: isRoot && file === usual && hasUnit(),
  };
}

function usualFile(isRoot: boolean, { environment }: StartContext): BytePath | undefined {
  if (isRoot) return SYSTEM_FILES[0];
  const home = variableOf(environment, 'HOME');
  return home === undefined ? undefined : (`${home}/${HOME_FILE}` as BytePath);
}

/** Named like the source, as far as a unit may be. */
function blockOf(source: BytePath): BytePath {
  const name = basename(source).replace(/[^A-Za-z0-9_.-]+/g, '-');
  return fromText(/[A-Za-z0-9]/.test(name) ? name : 'mirror');
}

/** What the daemon would refuse is refused now. */
function check({ mode, source, destination, block }: First, around: StartContext): void {
  for (const text of [source, destination, block])
    if (/[%\n\r]/.test(text)) throw new ClsyncError('UNWRITABLE_NAME', display(text));
  if (!/^[\w.-]+$/.test(block)) throw new ClsyncError('UNWRITABLE_NAME', display(block));
  const values = {
    'config-file': fromText('/NULL/'),
    mode: fromText(mode),
    'watch-dir': source,
    'destination-dir': destination,
  };
  const layer = Object.entries(values).map(([name, text]): Assignment => ({
    name: name as OptionName,
    text,
    bare: false,
    origin: `--${name}`,
  }));
  load(
    Configuration.read(layer, [], undefined, () => undefined),
    around,
  );
}

/** A file that is there gets a further block. */
function write(first: First): void {
  const { file } = first;
  const directory = parent(file);
  try {
    makeDirectory(directory);
    const { descriptor } = openPath(directory);
    try {
      const path = inDirectory(descriptor, basename(file));
      if (!append(path, O_CREAT | O_EXCL, HEADER + firstBlock(first)))
        append(path, O_NOFOLLOW, between(first) + firstBlock(first));
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (error instanceof ClsyncError) throw error;
    throw cannotWrite('clsync init', display(file), error);
  }
}

/** In one write(2). Returns whether the file was not there, where it is to be made. */
function append(path: Buffer, flags: number, content: string): boolean {
  try {
    const fd = openSync(path, O_WRONLY | O_APPEND | flags, READABLE);
    try {
      writeSync(fd, toBuffer(content as BytePath));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** What parts the blocks of a file from a new one. Throws ClsyncError where it has that already. */
function between({ file, block }: First): string {
  const { bytes } = readFile(file);
  const { blocks } = parseConfig(file, { bytes, isPublic: true });
  if (blocks.has(block)) throw new ClsyncError('BLOCK_EXISTS', display(file), block);
  return bytes.at(-1) === LINE_END ? '\n' : '\n\n';
}

/** That of the system's configuration may be missing; its own must be there. */
function makeDirectory(directory: BytePath): void {
  const above = openPath(parent(directory));
  try {
    mkdirSync(inDirectory(above.descriptor, basename(directory)), { mode: ENTERABLE });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    closeSync(above.descriptor);
  }
}
