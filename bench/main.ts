/**
 * Runs the contenders in turn and prints a table of medians and ratios for bench/README.md.
 * Arguments: names of scenarios; without arguments all are run.
 */
import { cpus, totalmem } from 'node:os';
import { Cleanup } from '../test/harness/cleanup.js';
import { CONTENDERS, TITLES, isInstalled } from './contenders.js';
import type { Contender } from './contenders.js';
import { SCENARIOS } from './scenarios.js';
import { median } from './statistics.js';

const contenders = CONTENDERS.filter((contender) => {
  if (isInstalled(contender)) return true;
  console.error(`${TITLES[contender]} is not installed: left out`);
  return false;
});

const named = process.argv.slice(2);
const unknown = named.find((name) => !SCENARIOS.some((scenario) => scenario.name === name));
if (unknown !== undefined) {
  console.error(
    `there is no scenario ${unknown}, but: ${SCENARIOS.map(({ name }) => name).join(' ')}`,
  );
  process.exit(2);
}
const scenarios = SCENARIOS.filter(({ name }) => named.length === 0 || named.includes(name));

interface Results {
  readonly milliseconds: number[];
  wrong: number;
}

const rows: string[] = [];
for (const { title, rounds, measure } of scenarios) {
  const results = new Map<Contender, Results>(
    contenders.map((contender) => [contender, { milliseconds: [], wrong: 0 }]),
  );
  for (let round = 1; round <= rounds; round++) {
    for (const [contender, result] of results) {
      const cleanup = new Cleanup();
      try {
        const { milliseconds, wrong } = await measure(cleanup, contender);
        result.milliseconds.push(...milliseconds);
        result.wrong = Math.max(result.wrong, wrong);
        console.error(
          `${title}, round ${round}, ${TITLES[contender]}: ` +
            `${milliseconds.map(Math.round).join(' ')} ms, ${wrong} wrong`,
        );
      } finally {
        await cleanup.run();
      }
    }
  }
  const reference = median(results.get('clsync')?.milliseconds ?? []);
  const cells = [...results.values()].map(({ milliseconds, wrong }) => {
    const middle = median(milliseconds);
    const time =
      milliseconds.length === 0
        ? 'never'
        : `${Math.round(middle)} ms (${(middle / reference).toFixed(2)})`;
    return `${time}${wrong > 0 ? `, ${wrong} wrong` : ''}`;
  });
  rows.push(`| ${[title, ...cells].join(' | ')} |`);
}

console.log(
  `Node ${process.version}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} ` +
    'GiB memory. Medians; in parentheses relative to this.\n',
);
console.log(`| | ${contenders.map((contender) => TITLES[contender]).join(' | ')} |`);
console.log(`|${' --- |'.repeat(contenders.length + 1)}`);
console.log(rows.join('\n'));
