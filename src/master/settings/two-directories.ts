/** `clsync SOURCE DESTINATION`: a mirror without delays, where nothing else says what to do. */
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { ifLocal } from '../../shared/places.js';
import type { OptionName } from '../options/table.js';
import type { Assignment } from './assignment.js';
import { checkCombinations } from './check.js';
import type { Configuration } from './configuration.js';

/** What two words mean only where none of these is said. */
const SAID: readonly OptionName[] = ['watch-dir', 'destination-dir', 'sync-handler'];
/** Modes in which two words can mean it all the same. */
const COPYING: readonly string[] = ['mirror', 'rsyncdirect'];
/** As `make run` has them. */
const DELAYS = { 'delay-collect': '0', 'delay-sync': '0' } as const;

/**
 * The configuration with what the two words stand for; the same one where they are none, or stand
 * for something else. Throws ClsyncError for options that are wrong.
 */
export function withTwoDirectories(
  configuration: Configuration,
  words: readonly BytePath[],
): Configuration {
  const [source, destination, ...more] = words;
  if (source === undefined || destination === undefined || more.length > 0) return configuration;
  const { given, values } = configuration.resolve();
  if (SAID.some((name) => given.has(name))) return configuration;
  const isChosen = given.has('mode');
  if (isChosen && !COPYING.includes(values.mode ?? '')) return configuration;
  const options = {
    ...DELAYS,
    'watch-dir': source,
    'destination-dir': destination,
  };
  const layer = Object.entries(options)
    .filter(([name]) => !given.has(name as OptionName))
    .map(([name, text]) => assignment(name as OptionName, text as BytePath));
  if (isChosen) return configuration.withDefaults(layer);
  const withMode = (mode: string): Configuration =>
    configuration.withDefaults([...layer, assignment('mode', mode as BytePath)]);
  const mirror = withMode('mirror');
  const all = [destination, ...mirror.resolve().values['also-to']];
  return all.every((one) => ifLocal(one) !== undefined) && isPossible(mirror)
    ? mirror
    : withMode('rsyncdirect');
}

function assignment(name: OptionName, text: BytePath): Assignment {
  return { name, text, bare: false, origin: `--${name}` };
}

/** Whether no option is for another mode. */
function isPossible(configuration: Configuration): boolean {
  const resolved = configuration.resolve();
  try {
    checkCombinations(resolved, 'mirror', undefined);
    return !resolved.values.compat;
  } catch (error) {
    if (error instanceof ClsyncError) return false;
    throw error;
  }
}
