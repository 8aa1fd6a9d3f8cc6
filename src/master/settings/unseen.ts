/**
 * Finds paths in the handler's arguments and scripts that its view does not show, before a handler
 * fails, or writes into a directory that only its view has.
 */
import { existsSync, readdirSync } from 'node:fs';
import { isAside } from '../../shared/aside.js';
import { display, fromBuffer, isWithin, join, toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { executorGrants } from '../sandbox/grants.js';
import { privatePlaces } from '../sandbox/private-places.js';
import type { SandboxSettings } from '../sandbox/settings.js';
import { isDirectory } from '../paths.js';
import { readBeginning } from '../read-file.js';

/** Limits: bytes read of a script, entries read of its directory, warnings. */
const MOST = { script: 64 << 10, siblings: 1000, warnings: 10 } as const;

/** A warning for each path. @param words handler arguments; `%names%` are skipped */
export function unseenPaths(
  words: readonly BytePath[],
  scripts: readonly BytePath[],
  settings: SandboxSettings,
): string[] {
  if (
    settings.compat ||
    settings.view === 'host' ||
    settings.chroot !== undefined ||
    settings.watchDirectory === '/'
  )
    return [];
  const isShown = shownBy(settings);
  const missing = new Map<BytePath, string>();
  const note = (path: BytePath, where: string): void => {
    const option = optionFor(path, settings);
    if (option !== undefined && !isShown(path))
      missing.set(
        path,
        `${where} names ${display(path)}, which the handler does not see: ${option}`,
      );
  };
  for (const path of words.flatMap(pathsIn)) note(path, 'a handler argument');
  for (const script of scripts)
    for (const path of pathsOfScript(script)) note(path, display(script));
  return [...missing.values()].slice(0, MOST.warnings);
}

function shownBy(settings: SandboxSettings): (path: BytePath) => boolean {
  const grants = executorGrants(settings);
  return (path) => isAside(path) || grants.some((grant) => isWithin(path, grant.path));
}

/**
 * Advice on the option that shows the path; undefined when nothing helps. A path that does not
 * exist may be one that the handler makes.
 */
function optionFor(path: BytePath, settings: SandboxSettings): string | undefined {
  if (path === '/') return undefined;
  if (existsSync(toBuffer(path)))
    return `--handler-allow ${display(path)}, or ${display(path)}:rw if it writes there`;
  const above = (path.slice(0, path.lastIndexOf('/')) || '/') as BytePath;
  const isPrivate = privatePlaces(settings, executorGrants(settings)).some((place) =>
    isWithin(path, place),
  );
  return above !== '/' && !isPrivate && isDirectory(above)
    ? `make it, or allow it to: --handler-allow ${display(above)}:rw`
    : undefined;
}

/**
 * The absolute paths in an argument: the whole word, the value of `--option=`, or a word inside it,
 * as in `-e 'ssh -i /path'`.
 */
function pathsIn(word: BytePath): BytePath[] {
  const parts = word.startsWith('/')
    ? [word]
    : word.split(/\s+/).map((part) => part.replace(/^-[^=]*=/, ''));
  return parts.filter((part) => part.startsWith('/') && !/%[A-Za-z]/.test(part)).map(plain);
}

function plain(path: string): BytePath {
  return path.replace(/\/+/g, '/').replace(/(.)\/$/, '$1') as BytePath;
}

/** The paths a script names: absolute paths that exist, and files in the script's directory. */
function pathsOfScript(script: BytePath): BytePath[] {
  const text = textOf(script);
  if (text === undefined) return [];
  const absolute = [...text.matchAll(/(?<![\w.$}/-])\/[\w.@+-]+(?:\/[\w.@+-]+)+/g)]
    .map(([path]) => plain(path))
    .filter((path) => existsSync(toBuffer(path)));
  const directory = script.slice(0, script.lastIndexOf('/')) as BytePath;
  const words = new Set(text.split(/[^\w.@+-]+/));
  const beside = namesIn(directory)
    .filter((name) => words.has(name))
    .map((name) => join(directory, name));
  return [...absolute, ...beside].filter((path) => path !== script);
}

/**
 * The beginning of a script without its comments; undefined when the file is not a script or cannot
 * be read.
 */
function textOf(path: BytePath): string | undefined {
  try {
    const text = readBeginning(path, MOST.script).toString('latin1');
    return text.startsWith('#!') ? text.replace(/^\s*#(?!!).*$/gm, '') : undefined;
  } catch {
    return undefined;
  }
}

function namesIn(directory: BytePath): BytePath[] {
  try {
    return readdirSync(toBuffer(directory), { encoding: 'buffer' })
      .slice(0, MOST.siblings)
      .map(fromBuffer);
  } catch {
    return [];
  }
}
