/**
 * Runs the contenders in turn and prints a table of medians and ratios for bench/README.md.
 * Arguments: names of scenarios; without them all are run. --on FILE-SYSTEM makes one of that kind
 * for it, --of NAME,... names contenders, --rounds N overrides the scenarios' own.
 */
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { Cleanup } from '../test/harness/cleanup.js';
import { CONTENDERS } from './contenders.js';
import type { Contender } from './contenders.js';
import { FILE_SYSTEMS, runOn } from './file-systems.js';
import { SCENARIOS } from './scenarios.js';
import type { Scenario } from './scenarios.js';
import { median, quantile } from './statistics.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { on: { type: 'string' }, of: { type: 'string' }, rounds: { type: 'string' } },
});
const scenarios = named(SCENARIOS, 'scenario', positionals);
const fileSystem =
  values.on === undefined ? undefined : named(FILE_SYSTEMS, 'kind', [values.on])[0];
const contenders = named(CONTENDERS, 'contender', values.of?.split(',') ?? []);

/** Those with the names, or all; ends the program when there is no such name. */
function named<T extends { readonly name: string }>(
  list: readonly T[],
  what: string,
  names: readonly string[],
): T[] {
  const unknown = names.find((name) => !list.some((row) => row.name === name));
  if (unknown === undefined)
    return list.filter(({ name }) => names.length === 0 || names.includes(name));
  console.error(`there is no ${what} ${unknown}, but: ${list.map(({ name }) => name).join(' ')}`);
  process.exit(2);
}

interface Results {
  readonly milliseconds: number[];
  /** Seconds. */
  readonly processor: number[];
  wrong: number;
  copied: number;
}

async function measured(
  { title, rounds, measure }: Scenario,
  able: readonly Contender[],
): Promise<Results[]> {
  const results = able.map((): Results => ({
    milliseconds: [],
    processor: [],
    wrong: 0,
    copied: 0,
  }));
  for (let round = 0; round < Number(values.rounds ?? rounds); round++) {
    for (let turn = 0; turn < able.length; turn++) {
      const at = (turn + round) % able.length; // each is first in its turn
      const [contender, result] = [able[at] as Contender, results[at] as Results];
      const cleanup = new Cleanup();
      try {
        const {
          milliseconds,
          processor = NaN,
          wrong,
          copied = 0,
        } = await measure(cleanup, contender);
        result.milliseconds.push(...milliseconds);
        if (!Number.isNaN(processor)) result.processor.push(processor);
        result.wrong = Math.max(result.wrong, wrong);
        result.copied = Math.max(result.copied, copied);
        console.error(
          `${title}, round ${round + 1}, ${contender.title}: ${milliseconds.map(short).join(' ')} ms, ` +
            `${processor.toFixed(2)} s of processor time, ${wrong} wrong, ${copied} copied`,
        );
      } finally {
        await cleanup.run();
      }
    }
  }
  return results;
}

/** Three digits. */
function short(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(value < 1 ? 2 : 3);
}

function compared(value: number, reference: number | undefined, unit: string): string {
  const ratio = reference === undefined ? '' : ` (${short(value / reference)})`;
  return `${short(value)} ${unit}${ratio}`;
}

function cell(result: Results, [reference]: readonly Results[]): string {
  const { milliseconds, processor, wrong, copied } = result;
  const of = (values: readonly number[] = [], share = 0.5): number | undefined =>
    values.length > 0 && result !== reference ? quantile(values, share) : undefined;
  const parts: string[] = [];
  if (milliseconds.length === 0) parts.push('-');
  else parts.push(compared(median(milliseconds), of(reference?.milliseconds), 'ms'));
  if (milliseconds.length >= 20)
    parts.push(
      `p95 ${compared(quantile(milliseconds, 0.95), of(reference?.milliseconds, 0.95), 'ms')}`,
    );
  if (processor.length > 0)
    parts.push(`CPU ${compared(median(processor), of(reference?.processor), 's')}`);
  if (copied > 0) parts.push(`${copied} copied`);
  if (wrong > 0) parts.push(`${wrong} wrong`);
  return parts.join(', ');
}

async function main(): Promise<void> {
  const able = contenders.filter(({ title, lacks }) => {
    const reason = lacks();
    if (reason !== false) console.error(`${title} is left out: ${reason}`);
    return reason === false;
  });
  const rows: string[] = [];
  for (const scenario of scenarios) {
    const results = await measured(scenario, able);
    const cells = results.map((result) => cell(result, results));
    rows.push(`| ${[scenario.title, ...cells].join(' | ')} |`);
  }
  console.log(
    `Node ${process.version}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} ` +
      `GiB memory. Medians; in parentheses relative to ${able[0]?.title}.\n`,
  );
  console.log(`| | ${able.map(({ title }) => title).join(' | ')} |`);
  console.log(`|${' --- |'.repeat(able.length + 1)}`);
  console.log(rows.join('\n'));
}

if (fileSystem === undefined) await main();
else process.exitCode = runOn(fileSystem);
