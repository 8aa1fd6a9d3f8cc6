/**
 * Files made from tables. The options table makes the manual pages and the completions for shells;
 * the roles table makes the capabilities in the systemd units and in docs/PRIVSEP.md; that of
 * metrics a table in docs/monitoring.md. `node dist/src/tools/generate.js` writes them; a test
 * fails when they are stale.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { FILES } from '../shared/layout.js';
import { bashCompletion, fishCompletion, zshCompletion } from './completion.js';
import { manualPage } from './manual.js';
import { renewedMonitoring } from './monitoring.js';
import { renewedPrivsep } from './privsep.js';
import { renewedUnit, UNITS } from './units.js';

/** Path below the package's root, and its content. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const { version } = JSON.parse(readFileSync(FILES.root + 'package.json', 'utf8')) as {
    version: string;
  };
  return new Map([
    ...['man/clsync.1', 'man/clsync.conf.5'].map((page): [string, string] => [
      page,
      manualPage(readFileSync(`${FILES.root}${page}.in`, 'utf8'), version),
    ]),
    ['completion/clsync', bashCompletion()],
    ['completion/_clsync', zshCompletion()],
    ['completion/clsync.fish', fishCompletion()],
    ['docs/PRIVSEP.md', renewedPrivsep(readFileSync(FILES.root + 'docs/PRIVSEP.md', 'utf8'))],
    [
      'docs/monitoring.md',
      renewedMonitoring(readFileSync(FILES.root + 'docs/monitoring.md', 'utf8')),
    ],
    ...UNITS.map((name): [string, string] => [
      `systemd/${name}`,
      renewedUnit(name, readFileSync(`${FILES.root}systemd/${name}`, 'utf8')),
    ]),
  ]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const [path, content] of generatedFiles()) writeFileSync(FILES.root + path, content);
}
