/**
 * `clsync verify`: compares a source with its copy, and prints what differs. The roles of a mirror
 * are started for it, with the same confinement; the destination can only be read unless it is to
 * be repaired, and nothing is watched.
 */
import { fromText } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { ClsyncError } from '../shared/errors.js';
import { differencesIn } from '../shared/verification.js';
import { Daemon } from './daemon.js';
import type { Assignment } from './settings/assignment.js';
import { parseCommandLine } from './settings/command-line.js';
import { Configuration } from './settings/configuration.js';
import { refuseSeveral } from './settings/destinations.js';
import { load } from './settings/load.js';
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
  if (operands.length > 0) throw new ClsyncError('USAGE', VERIFY_USAGE);
  const configuration = Configuration.read(
    [NO_FILE, ...options, IN_MODE],
    [],
    undefined,
    () => undefined,
  );
  const how = { checksum: has('--checksum'), repair: has('--repair') };
  const loaded = load(configuration, around);
  refuseSeveral(loaded, 'clsync verify');
  const daemon = new Daemon(
    configuration,
    {
      ...loaded,
      executor: { ...loaded.executor, verifies: how },
      sandbox: { ...loaded.sandbox, onlyLooks: !how.repair },
    },
    around,
    log,
  );
  listen(daemon);
  daemon.hears((message) => {
    if (message.name !== 'differences') return;
    for (const difference of differencesIn(message.rows))
      print(`${has('--json') ? inJson(difference) : inWords(difference)}\n`);
  });
  const { exit, text } = await daemon.run(() => undefined);
  if (text !== '') log.write('error', text);
  return exit;
}

/** Unless the user names one. */
const NO_FILE: Assignment = {
  name: 'config-file',
  text: fromText('/NULL/'),
  bare: false,
  origin: '--config-file',
};
const IN_MODE: Assignment = {
  name: 'mode',
  text: fromText('mirror'),
  bare: false,
  origin: 'clsync verify',
};
