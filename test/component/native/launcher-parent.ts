/**
 * Started by the launcher's tests in order to be killed. Without arguments it starts a sleep and
 * prints its pid; else `KEEPER SECONDS`, see launcher-escape.ts.
 */
import { fromText } from '../../../src/shared/bytes.js';
import type { Keeper } from '../../../src/shared/specification.js';
import { escaping, KEEPERS } from './launcher-escape.js';
import { launch, specificationOf } from './launcher-harness.js';

const [keeper, seconds] = process.argv.slice(2);
if (keeper === undefined || seconds === undefined) {
  const launched = launch(
    specificationOf([], {
      program: fromText('/bin/sleep'),
      arguments: ['sleep', '600'].map(fromText),
    }),
  );
  if ((await launched.started) === undefined) console.log(launched.child.pid);
} else {
  const launched = launch(
    specificationOf([], { ...KEEPERS[keeper as Keeper], ...escaping(seconds, 'exec sleep 600') }),
  );
  launched.child.stdout?.pipe(process.stdout);
}
