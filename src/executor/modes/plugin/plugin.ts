/** Modes so and rsyncso: the handler is loaded into a host process and called there. */
import { statSync } from 'node:fs';
import { display, toBuffer } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';
import type { Entry } from '../../../shared/entry.js';
import { ClsyncError } from '../../../shared/errors.js';
import { rsyncCall, syncCall } from '../../../shared/plugin-protocol.js';
import { Protection } from '../rsync/protection.js';
import { sparedLines } from '../../lists/extras.js';
import { locate } from '../../lists/files-from.js';
import { planInTurns } from '../../lists/in-turns.js';
import type { Located } from '../../lists/files-from.js';
import { excludeLines, includeLines, lineList, parts } from '../../lists/include-exclude.js';
import { exactly } from '../../run/permitted.js';
import { closedTo } from '../closed.js';
import type { Failure } from '../failure.js';
import type { Mode, Plan, Services, Situation, Step } from '../mode.js';
import { PluginHost } from './host.js';

abstract class Plugin implements Mode {
  protected readonly host: PluginHost;
  private readonly handler: BytePath;

  constructor(
    protected readonly services: Services,
    usesLists: boolean,
  ) {
    const { handler, mode } = services.settings();
    if (handler === undefined) throw new ClsyncError('NO_HANDLER', mode);
    this.handler = handler;
    this.host = new PluginHost(services, handler, usesLists);
  }

  commands(): string[] {
    return [exactly(...this.host.command)];
  }

  abstract plan(entries: readonly Entry[], situation: Situation): Plan | Promise<Plan>;

  async open(): Promise<void> {
    if (!this.services.settings().trustFiles) checkOwnership(this.handler);
    const failure = await this.host.load({ status: 'starting', iteration: 0, initial: true });
    if (failure !== undefined)
      throw new ClsyncError('PLUGIN', display(this.handler), failure.reason);
  }

  close(): Promise<void> {
    return this.host.close();
  }

  closeNow(): Promise<void> {
    return this.host.closeNow();
  }
}

/** Mode so: the handler gets the events themselves. */
export class EventPlugin extends Plugin {
  constructor(services: Services) {
    super(services, false);
  }

  plan(entries: readonly Entry[], situation: Situation): Step[] {
    const counted = { ...situation, iteration: situation.iteration + 1 };
    const run = async (): Promise<Failure | undefined> =>
      divisible(await this.host.call(syncCall(counted, entries), counted));
    return [{ entries, run }];
  }
}

/** Mode rsyncso: the handler gets include and exclude lists in files. */
export class ListPlugin extends Plugin {
  private readonly protection: Protection;

  constructor(services: Services) {
    super(services, true);
    this.protection = new Protection(services.settings);
  }

  plan(entries: readonly Entry[], situation: Situation): Plan | Promise<Plan> {
    const { tree, settings } = this.services;
    const counted = { ...situation, iteration: situation.iteration + 1 };
    return planInTurns(entries, tree, (looked) =>
      parts(locate(entries, looked), settings().rsyncInclimit).map((part) => ({
        entries: part.map(({ entry }) => entry),
        run: () => this.call(part, counted),
      })),
    );
  }

  private async call(
    items: readonly Located[],
    situation: Situation,
  ): Promise<Failure | undefined> {
    const { lists, settings } = this.services;
    const spared = await sparedLines(this.services, this.protection, items, situation);
    const include = lists.write('list', lineList(items.flatMap(includeLines)));
    const exclude = settings().rsyncPreferInclude
      ? undefined
      : lists.write(
          'exclist',
          lineList([...excludeLines(items, closedTo(this.services, situation)), ...spared]),
        );
    try {
      return divisible(
        await this.host.call(rsyncCall(situation, include.path, exclude?.path), situation),
      );
    } finally {
      include.release();
      exclude?.release();
    }
  }
}

/** A call for a part of the paths may succeed. */
function divisible(failure: Failure | undefined): Failure | undefined {
  return failure && { ...failure, divisible: true };
}

/**
 * Who can write the file decides which code runs: only root or the user who started the daemon may.
 * Throws ClsyncError.
 */
function checkOwnership(handler: BytePath): void {
  const { mode, uid } = statSync(toBuffer(handler));
  if ((mode & 0o022) !== 0)
    throw new ClsyncError(
      'PLUGIN',
      display(handler),
      'others than its owner may write it (chmod go-w)',
    );
  if (uid !== 0 && uid !== process.getuid?.())
    throw new ClsyncError(
      'PLUGIN',
      display(handler),
      `it belongs to uid ${uid}, neither root nor you`,
    );
}
