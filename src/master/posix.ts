/**
 * The package posix: users, groups, limits. It is compiled for one version of Node, so it is loaded
 * only where it is needed: other commands work even if it cannot be loaded.
 */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type Posix from 'posix';
import { ClsyncError } from '../shared/errors.js';
import { FILES, installCommand } from '../shared/layout.js';

let loaded: typeof Posix | undefined;

/** Throws ClsyncError (ADDON) when Node cannot load it, for example after an upgrade of Node. */
export function posix(): typeof Posix {
  return (loaded ??= load());
}

function load(): typeof Posix {
  const require = createRequire(import.meta.url);
  for (const place of ['posix', ...FILES.posix]) {
    try {
      return require(place) as typeof Posix;
    } catch {
      continue;
    }
  }
  throw new ClsyncError(
    'ADDON',
    'posix',
    process.version,
    installCommand ?? `npm rebuild --prefix ${placeOf(require)} posix`,
  );
}

/** The directory whose node_modules holds the package, or should hold it. */
function placeOf(require: NodeJS.Require): string {
  try {
    return dirname(dirname(dirname(require.resolve('posix/package.json'))));
  } catch {
    return FILES.root.replace(/\/$/, '');
  }
}
