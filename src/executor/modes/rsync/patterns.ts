/**
 * One call for each sync, with include and exclude lists in files: mode rsyncshell, and mode
 * rsyncdirect with arguments of the user.
 */
import type { BytePath } from '../../../shared/bytes.js';
import type { Entry } from '../../../shared/entry.js';
import { ifLocal } from '../../../shared/places.js';
import { EXACT, keptTimes } from '../../lists/kept-times.js';
import type { KeptTimes } from '../../lists/kept-times.js';
import type { Window } from '../../lists/copies.js';
import { locate } from '../../lists/files-from.js';
import type { Located } from '../../lists/files-from.js';
import { planInTurns } from '../../lists/in-turns.js';
import { sparedLines } from '../../lists/extras.js';
import { excludeLines, includeLines, lineList, parts } from '../../lists/include-exclude.js';
import { insert } from '../../run/arguments.js';
import { Protection } from './protection.js';
import { words } from '../../run/runner.js';
import {
  asArgument,
  callHandler,
  commandOf,
  isToOtherHost,
  tellsPaths,
  wantsDocumentedArguments,
} from '../handler-call.js';
import type { ExitCodes } from '../../schedule/verdict.js';
import { closedTo } from '../closed.js';
import type { Mode, Plan, Services, Situation } from '../mode.js';
import {
  RSYNC_CODES,
  RSYNC_SCRIPT_CODES,
  UNFORCED,
  WINDOWS,
  deleting,
  rsyncOptions,
  windowOption,
} from './options.js';

/** The differences between the modes of this kind. */
export interface PatternsVariant {
  /** The meaning of the exit codes of a call with this template. */
  codesOf(template: readonly BytePath[]): ExitCodes;
  /** The arguments are rsync's, so that it can be told to delete nothing. */
  readonly keeps: boolean;
  /**
   * @param own the options for rsync
   * @param excluding whether there is an exclude list
   */
  defaultArguments(own: readonly BytePath[], excluding: boolean): readonly BytePath[];
}

export const RUNNING_RSYNC: PatternsVariant = {
  // Without the list in its arguments, a call for a part of the entries is the same call again.
  codesOf: (template) =>
    tellsPaths(template) ? RSYNC_CODES : { ...RSYNC_CODES, partial: [], partialIfFull: [] },
  keeps: true,
  defaultArguments: (own) => [...own, ...words('%watch-dir%/', '%destination-dir%/')],
};

export const RUNNING_SCRIPT: PatternsVariant = {
  codesOf: () => RSYNC_SCRIPT_CODES,
  keeps: false,
  defaultArguments: (_own, excluding) =>
    words(
      'rsynclist',
      '%label%',
      '%INCLUDE-LIST-PATH%',
      ...(excluding ? ['%EXCLUDE-LIST-PATH%'] : []),
    ),
};

export class RsyncPatterns implements Mode {
  private readonly protection: Protection;
  private times: KeptTimes | undefined;

  constructor(
    private readonly services: Services,
    private readonly variant: PatternsVariant,
  ) {
    this.protection = new Protection(services.settings);
  }

  commands(): string[] {
    return WINDOWS.flatMap((window) =>
      [false, ...(this.keeps ? [true] : [])].map((keeping) =>
        commandOf(this.services, this.template(window, keeping)),
      ),
    );
  }

  /** Whoever else chooses the arguments decides what is deleted. */
  get keeps(): boolean {
    const { handlerArguments } = this.services.settings();
    return this.variant.keeps && handlerArguments === undefined;
  }

  plan(entries: readonly Entry[], situation: Situation): Plan | Promise<Plan> {
    const { refused, tree, settings } = this.services;
    // Paths that were refused after their change are not synced.
    const admitted = entries.filter(({ path }) => !refused.covers(path));
    const counted = { ...situation, iteration: situation.iteration + 1 };
    return planInTurns(admitted, tree, (looked) =>
      parts(locate(admitted, looked), settings().rsyncInclimit).map((part) => ({
        entries: part.map(({ entry }) => entry),
        run: () => this.call(part, counted),
      })),
    );
  }

  has(path: BytePath): boolean {
    return this.services.tree.lstat(path) !== undefined;
  }

  private async call(items: readonly Located[], situation: Situation) {
    const spared = await sparedLines(this.services, this.protection, items, situation);
    const template = this.template(this.window(), situation.keeping === true);
    return callHandler(
      this.services,
      {
        template,
        words: { 'INCLUDE-LIST': items.map(({ entry }) => asArgument(entry.path)) },
        texts: { TYPE: 'rsynclist' as BytePath },
        lists: {
          'INCLUDE-LIST-PATH': {
            kind: 'list',
            content: () => lineList(items.flatMap(includeLines)),
          },
          'EXCLUDE-LIST-PATH': {
            kind: 'exclist',
            content: () =>
              lineList([...excludeLines(items, closedTo(this.services, situation)), ...spared]),
          },
        },
        codes: this.variant.codesOf(template),
      },
      situation,
    );
  }

  /** The window that a local destination needs. */
  private window(): Window {
    const destination = ifLocal(this.services.settings().destination);
    if (destination !== undefined) this.times ??= keptTimes(destination);
    return (this.times ?? EXACT).window;
  }

  private options(window: Window): BytePath[] {
    const settings = this.services.settings();
    if (wantsDocumentedArguments(this.services)) return words('-aH');
    return [
      ...rsyncOptions(this.superuser, settings, this.services.handlers.mirrored),
      ...(settings.rsyncOptions ?? []),
      windowOption(window),
    ];
  }

  private get superuser(): boolean {
    const { settings, handlers } = this.services;
    return handlers.superuser && !isToOtherHost(settings());
  }

  private deleting(): BytePath[] {
    return wantsDocumentedArguments(this.services) ? words('--delete') : deleting(this.superuser);
  }

  /** The user's arguments or the documented ones, with `%RSYNC-ARGS%` replaced. */
  private template(window: Window, keeping: boolean): BytePath[] {
    const { handlerArguments, rsyncPreferInclude } = this.services.settings();
    const excluding = !rsyncPreferInclude;
    const own = [
      ...this.options(window),
      ...(keeping ? UNFORCED : this.deleting()),
      ...(excluding ? words('--exclude-from', '%EXCLUDE-LIST-PATH%') : []),
      ...words('--include-from', '%INCLUDE-LIST-PATH%', '--exclude=*'),
    ];
    const template = handlerArguments ?? this.variant.defaultArguments(own, excluding);
    return insert(template, 'RSYNC-ARGS', own);
  }
}
