/** Prometheus's tool that checks metrics and alert rules. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { FILES } from '../../src/shared/layout.js';
import { PATIENCE } from './until.js';

/** Installed, or where `make test` unpacks it. */
const PLACES = ['/usr/bin/promtool', `${FILES.root}build/test-tools/usr/bin/promtool`];
const PROGRAM = PLACES.find((path) => existsSync(path));

/** For `{ skip }`. */
export const needsPromtool: string | false =
  PROGRAM === undefined ? 'no promtool: Debian has it in the package prometheus' : false;

/** Everything that it says. Throws where it finds a fault. */
export function promtool(words: readonly string[], input = ''): string {
  const { status, stdout, stderr } = spawnSync(PROGRAM ?? '', words, {
    input,
    encoding: 'utf8',
    timeout: PATIENCE,
  });
  if (status !== 0) throw new Error(`promtool ${words.join(' ')}: ${status}\n${stdout}${stderr}`);
  return stdout + stderr;
}
