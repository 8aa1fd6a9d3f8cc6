/** Writes the table of metrics into docs/monitoring.md. */
import { METRICS } from '../shared/metrics.js';

const HEAD = '| metric | says |\n|---|---|\n';

/** Returns the text with the rows below the head of the table renewed. */
export function renewedMonitoring(text: string): string {
  const [before = '', after = ''] = text.split(HEAD);
  const rows = METRICS.map(({ name, type, help }) => `| \`${name}\` (${type}) | ${help} |\n`);
  return before + HEAD + rows.join('') + after.replace(/^(\|.*\n)*/, '');
}
