/** Run by launcher.test.ts to be killed: starts a sleep through the launcher and prints its pid. */
import { fromText } from '../../src/shared/bytes.js';
import { launch, specificationOf } from './launcher-harness.js';

const launched = launch(specificationOf([], { program: fromText('/bin/sleep'), arguments: ['sleep', '600'].map(fromText) }));
if ((await launched.started) === undefined) console.log(launched.child.pid);
