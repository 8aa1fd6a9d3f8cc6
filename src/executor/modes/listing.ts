/**
 * One call for each sync, with the paths as arguments (mode direct) or in a list file (mode shell).
 */
import { ROOT, join } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { EntryFlag } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import { room, sizeOf, split } from '../run/argument-limit.js';
import { countAlone } from '../run/arguments.js';
import { synclist } from '../lists/synclist.js';
import { words } from '../run/runner.js';
import { asArgument, callHandler, commandOf } from './handler-call.js';
import { environmentOf } from './mode.js';
import type { Mode, Services, Situation, Step } from './mode.js';

/** The differences between the modes of this kind. */
export interface ListingVariant {
  readonly template: readonly BytePath[];
  /** Arguments for a recursive sync of a directory. */
  readonly wholeTemplate: readonly BytePath[];
  /** How the root is written in lists. */
  readonly root: '' | '.';
  /**
   * True: every directory to be synced recursively (`--have-recursive-sync`) has a call of its own.
   * False: only the root has.
   */
  readonly wholeDirectories: boolean;
}

export const PATHS_AS_ARGUMENTS: ListingVariant = {
  template: words('%INCLUDE-LIST%', '%destination-dir%/'),
  wholeTemplate: words('%INCLUDE-LIST%', '%destination-dir%/'),
  root: '.',
  wholeDirectories: false,
};
export const PATHS_IN_LIST: ListingVariant = {
  template: words('synclist', '%label%', '%INCLUDE-LIST-PATH%'),
  wholeTemplate: words('initialsync', '%label%', '%INCLUDE-LIST%'),
  root: '',
  wholeDirectories: true,
};

export class Listing implements Mode {
  constructor(
    private readonly services: Services,
    private readonly variant: ListingVariant,
  ) {}

  commands(): string[] {
    const { handlerArguments } = this.services.settings();
    return [this.variant.template, this.variant.wholeTemplate].map((template) =>
      commandOf(this.services, handlerArguments ?? template),
    );
  }

  plan(entries: readonly Entry[], situation: Situation): Step[] {
    const whole = entries.filter((entry) => this.isWhole(entry));
    const rest = entries.filter((entry) => !this.isWhole(entry));
    return [
      ...whole.map((entry) => this.whole(entry, situation)),
      ...this.lists(rest, { ...situation, iteration: situation.iteration + 1 }),
    ];
  }

  private isWhole({ path, flags }: Entry): boolean {
    return (flags & EntryFlag.recursive) !== 0 && (path === ROOT || this.variant.wholeDirectories);
  }

  private whole(entry: Entry, situation: Situation): Step {
    const { watchDirectory, handlerArguments } = this.services.settings();
    const directory = entry.path === ROOT ? watchDirectory : join(watchDirectory, entry.path);
    const call = {
      template: handlerArguments ?? this.variant.wholeTemplate,
      words: { 'INCLUDE-LIST': [directory] },
      texts: {
        TYPE: 'initialsync' as BytePath,
        'INCLUDE-LIST-PATH': '' as BytePath,
        'EXCLUDE-LIST-PATH': '' as BytePath,
      },
    };
    return {
      entries: [entry],
      uncounted: true,
      run: () => callHandler(this.services, call, situation),
    };
  }

  /** Splits the entries when the paths are arguments, as execve(2) limits their size. */
  private lists(entries: readonly Entry[], situation: Situation): Step[] {
    if (entries.length === 0) return [];
    const settings = this.services.settings();
    const template = settings.handlerArguments ?? this.variant.template;
    const times = countAlone(template, 'INCLUDE-LIST');
    const most =
      room(environmentOf(settings, situation)) -
      sizeOf([...template, ...Object.values(settings.substitutions)]);
    const parts =
      times === 0
        ? [[...entries]]
        : split(entries, ({ path }) => times * (sizeOf([path]) + './'.length), most);
    return parts.map((part) => ({
      entries: part,
      run: () => this.list(part, template, situation),
    }));
  }

  private list(entries: readonly Entry[], template: readonly BytePath[], situation: Situation) {
    const { label, synclistSimplify } = this.services.settings();
    const { root } = this.variant;
    const content = (): Buffer =>
      synclist(entries, { label, simplify: synclistSimplify, root }, this.services.report);
    const call = {
      template,
      words: {
        'INCLUDE-LIST': entries.map(({ path }) =>
          path === ROOT ? (root as BytePath) : asArgument(path),
        ),
      },
      texts: { TYPE: 'synclist' as BytePath, 'EXCLUDE-LIST-PATH': '' as BytePath },
      lists: { 'INCLUDE-LIST-PATH': { kind: 'list' as const, content } },
    };
    return callHandler(this.services, call, situation);
  }
}
