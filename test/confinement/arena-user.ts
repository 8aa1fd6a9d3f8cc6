/**
 * Started by probes.test.ts under an ordinary uid: runs the hostile program in the sandbox that a
 * user can build. Prints the verdicts as JSON.
 */
import { Arena } from './arena.js';
import { MECHANISMS } from './arena-sandbox.js';

const arena = new Arena();
try {
  console.log(JSON.stringify(Object.fromEntries(await arena.run(MECHANISMS))));
} finally {
  arena.close();
}
