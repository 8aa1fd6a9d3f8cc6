/**
 * `clsync verify`: compares a source with its copy, and prints what differs. The roles of a mirror
 * are started for it, with the same confinement; the destination can only be read unless it is to
 * be repaired, and nothing is watched.
 */
import { display, fromText } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { ClsyncError } from '../shared/errors.js';
import { modesWith } from '../shared/modes.js';
import type { Mode } from '../shared/modes.js';
import { ifLocal } from '../shared/places.js';
import { differencesIn } from '../shared/verification.js';
import { Daemon } from './daemon.js';
import type { OptionName } from './options/table.js';
import type { Assignment } from './settings/assignment.js';
import { parseCommandLine } from './settings/command-line.js';
import { Configuration } from './settings/configuration.js';
import { load } from './settings/load.js';
import type { Loaded } from './settings/load.js';
import type { StartContext } from './settings/start-context.js';
import type { Log } from './surface/log.js';
import { inJson, inWords } from './surface/differences.js';
import { print } from './surface/print.js';
import { VERIFY_FLAGS, VERIFY_USAGE } from './surface/verify-usage.js';
import type { VerifyFlag } from './surface/verify-usage.js';

/**
 * Returns the exit status, one of `VERIFIED`. Throws ClsyncError for options that make no sense.
 * @param words its arguments @param listen called with the daemon, which signals end
 */
export async function verify(
  words: readonly BytePath[],
  around: StartContext,
  log: Log,
  listen: (daemon: Daemon) => void,
): Promise<number> {
  const isFlag = (word: BytePath): boolean => (VERIFY_FLAGS as readonly string[]).includes(word);
  const flags = new Set<string>(words.filter(isFlag));
  const has = (flag: VerifyFlag): boolean => flags.has(flag);
  const options: Assignment[] = [];
  const operands = parseCommandLine(
    words.filter((word) => !isFlag(word)),
    (assignment) => options.push(assignment),
  );
  const [source, copy, ...more] = operands;
  const isNamed = options.some(({ name }) => name === 'watch-dir' || name === 'destination-dir');
  const isOdd = source !== undefined && (copy === undefined || more.length > 0 || isNamed);
  if (source !== undefined && copy !== undefined)
    options.push(option('watch-dir', source), option('destination-dir', copy));
  checkUsage(options, isOdd);
  const configuration = Configuration.read(
    [NO_FILE, ...options, IN_MODE],
    [],
    undefined,
    () => undefined,
  );
  const how = { checksum: has('--checksum'), repair: has('--repair') };
  const loaded = load(configuration, around);
  const verifying = (one: Loaded): Loaded => ({
    ...one,
    executor: { ...one.executor, verifies: how },
    sandbox: { ...one.sandbox, onlyLooks: !how.repair },
    others: one.others.map(verifying),
  });
  const daemon = new Daemon(configuration, verifying(loaded), around, log);
  listen(daemon);
  daemon.hears((message, at) => {
    if (message.name !== 'differences') return;
    for (const difference of differencesIn(message.rows).map((one) => ({ ...one, at })))
      print(`${has('--json') ? inJson(difference) : inWords(difference)}\n`);
  });
  const { exit, text } = await daemon.run(() => undefined);
  if (text !== '') log.write('error', text);
  return exit;
}

/** What is asked for in a way of its own: it is no daemon. */
function checkUsage(options: readonly Assignment[], isOdd: boolean): void {
  const last = (name: OptionName): BytePath | undefined =>
    options.findLast((one) => one.name === name)?.text;
  const [copy, mode, file] = [last('destination-dir'), last('mode'), last('config-file')];
  const usage = (what: string): ClsyncError => new ClsyncError('USAGE', `${what}: ${VERIFY_USAGE}`);
  if (mode !== undefined) throw usage('clsync verify has no mode');
  if (isOdd) throw usage('clsync verify takes a source and its copy');
  const others = options.flatMap(({ name, text }) => (name === 'also-to' ? text : []));
  const remote = [copy ?? [], others].flat().find((place) => ifLocal(place) === undefined);
  if (remote !== undefined)
    throw usage(`${display(remote)} is on another host, and clsync verify looks at local copies`);
  if (file === undefined && (copy === undefined || last('watch-dir') === undefined))
    throw usage('clsync verify needs a source and its copy');
}

function option(name: OptionName, text: BytePath): Assignment {
  return { name, text, bare: false, origin: `--${name}` };
}

/** Unless the user names one. */
const NO_FILE = option('config-file', fromText('/NULL/'));
const [COPYING] = modesWith(({ copies }) => copies) as readonly [Mode];
const IN_MODE = option('mode', fromText(COPYING));
