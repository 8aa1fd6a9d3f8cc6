/**
 * Measures every probe and writes the table of docs/CONFINEMENT.md. Needs root: `node
 * dist/test/confinement/tabulate.js`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { PAGE, measure, withTable } from './verdicts.js';

writeFileSync(PAGE, withTable(readFileSync(PAGE, 'utf8'), await measure()));
