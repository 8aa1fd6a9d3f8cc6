/** Hands everything that needs the starter's rights over to the monitor. */
import { codeOf } from '../../shared/system-errors.js';
import { basename, join, parent } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { STATUSES } from '../../shared/settings.js';
import type { DaemonStatus } from '../../shared/settings.js';
import type { Grounds } from '../ground/grounds.js';
import { LATER } from '../kept-files.js';
import type { KeptFiles, KeptOption } from '../kept-files.js';
import { followPath, cannotWrite } from '../open-path.js';
import { claims } from '../sandbox/claim.js';
import { executorsOf } from '../sandbox/decision.js';
import type { Sandbox } from '../sandbox/decision.js';
import type { ControlAccess } from '../surface/control-rights.js';
import type { ListsDirectory } from '../surface/lists-directory.js';
import { keptFile, leftFiles, listsFile } from './frozen-files.js';
import type { FrozenFile } from './frozen-wire.js';
import type { Monitor } from './monitor.js';

export interface Possessions {
  readonly sandbox: Sandbox;
  readonly grounds: Grounds;
  readonly kept: KeptFiles;
  /** By the number of the destination. */
  readonly lists: readonly (ListsDirectory | undefined)[];
  readonly access: ControlAccess;
  readonly standbyFile: BytePath | undefined;
}

/** Throws ClsyncError, Obstacle where a directory is gone. */
export function handOver(monitor: Monitor, possessions: Possessions): void {
  const { sandbox, grounds, kept, lists, access, standbyFile } = possessions;
  const numbers = new Map<KeptOption, number>();
  const files: FrozenFile[] = [];
  for (const file of kept.table) {
    numbers.set(file.option, files.length);
    files.push(keptFile(file, access, executorsOf(sandbox).length));
  }
  const executors = executorsOf(sandbox);
  const listsNumbers = new Map<ListsDirectory, number>();
  for (const [index, { executor }] of executors.entries()) {
    const own = lists[index];
    if (own === undefined) continue;
    listsNumbers.set(own, files.length);
    files.push(listsFile(own.path, executor.identity));
  }
  for (const { copies } of executors)
    if (copies !== undefined) for (const row of leftFiles(copies.place, true)) files.push(row);
  const claimed = claims();
  if (claimed !== undefined) for (const row of leftFiles(claimed, false)) files.push(row);
  const looks = new Map(grounds.eyes.known.map((path) => [path, path]));
  if (standbyFile !== undefined) looks.set(standbyFile, ledTo(standbyFile));
  monitor.freeze(() => grounds.hold(), { files, looks });
  grounds.eyes.lend((path) => monitor.look(path));
  const numberOf = (option: KeptOption): number => numbers.get(option) as number;
  kept.handOver({
    put: (option, text, ifMissing) =>
      LATER[option] === 'write'
        ? monitor.write(numberOf(option), text, ifMissing)
        : monitor.put(
            numberOf(option),
            Math.max(0, STATUSES.indexOf(text as DaemonStatus)),
            ifMissing,
          ),
    open: (option) => monitor.open(numberOf(option)) as number,
    part: (name) => monitor.part(numberOf('--dump-dir'), name),
  });
  for (const [own, number] of listsNumbers)
    own.handOver(() => makeAgain(monitor, number, own.path));
}

/** Where the directory of a file leads that need not exist. */
function ledTo(path: BytePath): BytePath {
  try {
    return join(followPath(parent(path), 'directory'), basename(path));
  } catch {
    return path;
  }
}

function makeAgain(monitor: Monitor, number: number, path: BytePath): void {
  try {
    monitor.open(number);
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'EEXIST') throw cannotWrite('--lists-dir', path, error);
  }
}
