/** The options in force, as the control socket tells them. */
import { display } from '../shared/bytes.js';
import { OPTION_NAMES, optionRow } from './options/table.js';
import type { OptionName } from './options/table.js';
import { executorName } from './sandbox/roles.js';
import type { Loaded } from './settings/load.js';
import type { Instance } from './state.js';

export function instanceOf({ options, given, paths, others }: Loaded): Instance {
  const flags = OPTION_NAMES.filter((name) => optionRow(name).kind === 'flag');
  const bits = (holds: (name: OptionName) => boolean): bigint =>
    flags.reduce((sum, name, bit) => (holds(name) ? sum | (1n << BigInt(bit)) : sum), 0n);
  return {
    block: options['config-block'],
    label: options.label,
    flags: bits((name) => options[name] === true),
    given: bits((name) => given.has(name)),
    destinations: new Map(
      [paths, ...others.map((one) => one.paths)].flatMap(({ destination }, number) =>
        destination === undefined ? [] : [[executorName(number), display(destination)]],
      ),
    ),
  };
}
