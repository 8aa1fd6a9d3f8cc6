/**
 * The view under `--chroot`: the user's directory as root, with what the executor needs to run and
 * to mirror mounted in it.
 */
import { lstatSync } from 'node:fs';
import { fromText, toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { MountAttribute, MountRow, View } from '../../shared/specification.js';
import { resolveLinks } from '../paths.js';
import { executorGrants, linkValue } from './grants.js';
import { withLinkless } from './linkless.js';
import { privateRows } from './private-places.js';
import type { SandboxSettings } from './settings.js';
import { bindRow, byTarget, PROCESSES_ONLY } from './view.js';

/**
 * The launcher makes missing mount points in the directory. Paths of the options are the host's,
 * but a program that exists in the directory is executed from there.
 */
export function chrootView(chroot: BytePath, settings: SandboxSettings): View {
  const own = new Set(
    [...settings.programs, ...settings.permittedHooks].filter((path) => exists(chroot + path)),
  );
  const granted = executorGrants(settings).filter(
    ({ path }) => linkValue(path) === undefined && !own.has(path),
  );
  const grants = withLinkless(granted, settings);
  const { made, closed } = privateRows(settings, grants);
  const rows = [
    ...grants.map((grant) => bindRow(grant)),
    ...loadedLibraries(),
    ...PROCESSES_ONLY,
    ...made,
  ].sort(byTarget);
  const set: readonly MountAttribute[] = [
    'noSetuid',
    'noDevices',
    ...(settings.pivotRoot === 'auto-ro' ? ['readOnly' as const] : []),
  ];
  const root: MountRow = { kind: 'attributes', target: fromText('/'), set, recursive: false };
  return { chroot, freshRoot: settings.pivotRoot !== 'off', rows: [...rows, ...closed, root] };
}

/** The shared libraries of Node and the launcher, at the paths where the loader looks for them. */
function loadedLibraries(): MountRow[] {
  const { sharedObjects } = process.report.getReport() as unknown as {
    readonly sharedObjects: readonly string[];
  };
  const names = sharedObjects
    .filter((name) => name.startsWith('/') && !name.endsWith('.node'))
    .map(fromText);
  return names.map((target): MountRow => ({
    kind: 'bind',
    source: resolveLinks(target),
    target,
    set: ['noSetuid', 'noDevices', 'readOnly'],
  }));
}

function exists(path: string): boolean {
  return lstatSync(toBuffer(path as BytePath), { throwIfNoEntry: false }) !== undefined;
}
