/**
 * The modes of `--mode` and their traits. Only this table and the factory
 * (src/executor/modes/create.ts) know modes by name. A new mode is a row here and a case there.
 */

export interface ModeTraits {
  /** The default handler, searched in PATH; without it the user must name one. */
  readonly handler?: string;
  /** The handler is loaded into the plug-in host, and takes no arguments. */
  readonly loaded: boolean;
  /** What runs rsync: the mode itself, with rsync(1)'s arguments; the handler; or nothing. */
  readonly rsync: 'mode' | 'handler' | 'nobody';
  /**
   * The executor itself makes the destination equal, a local directory, and executes nothing but
   * hooks: there is no handler, no list and no exit code.
   */
  readonly copies: boolean;
  /** The default arguments end with the destination, so that the user must give one. */
  readonly destination: boolean;
  /**
   * What a new directory becomes: one entry (unless `--rsync-prefer-include`), an entry for every
   * object in it, or one entry if the user chooses so (`--have-recursive-sync`).
   */
  readonly detail: 'directory' | 'objects' | 'chosen';
  /** A new directory is synced without the delay of its queue. */
  readonly instantDirectories: boolean;
  /** Every event is an entry of its own, in order, instead of a set of changed paths. */
  readonly sequence: boolean;
  /** All names of an inode are synced together. */
  readonly links: boolean;
  /**
   * The handler gets paths as arguments, so that `--check-execvp-arguments` cannot fix them at
   * start.
   */
  readonly pathArguments: boolean;
  /** The mode's number in `ctx.flags` of loaded handlers (include/clsync/ctx.h). */
  readonly number?: number;
}

const PLAIN: ModeTraits = {
  loaded: false,
  rsync: 'nobody',
  copies: false,
  destination: false,
  detail: 'chosen',
  instantDirectories: false,
  sequence: false,
  links: false,
  pathArguments: false,
};
const FOR_RSYNC: ModeTraits = { ...PLAIN, rsync: 'handler', detail: 'directory', links: true };

const TABLE = {
  simple: { ...PLAIN, detail: 'objects', sequence: true },
  direct: { ...PLAIN, handler: 'cp', destination: true, pathArguments: true },
  shell: { ...PLAIN, instantDirectories: true },
  rsyncdirect: { ...FOR_RSYNC, rsync: 'mode', handler: 'rsync', destination: true },
  rsyncshell: FOR_RSYNC,
  rsyncso: { ...FOR_RSYNC, loaded: true, number: 6 },
  so: { ...PLAIN, loaded: true, number: 7 },
  mirror: { ...PLAIN, copies: true, destination: true, detail: 'directory', links: true },
} as const satisfies Readonly<Record<string, ModeTraits>>;

export type Mode = keyof typeof TABLE;

export const MODE_TRAITS: Readonly<Record<Mode, ModeTraits>> = TABLE;

/** In the order of the manual. */
export const MODES = Object.keys(TABLE) as readonly Mode[];

/** The modes for which `holds` is true, in the order of the manual. */
export function modesWith(holds: (traits: ModeTraits) => boolean): readonly Mode[] {
  return MODES.filter((mode) => holds(MODE_TRAITS[mode]));
}

/** The handler is rsync or stands in its place: the handler's arguments are rsync(1)'s. */
export function runsRsync(mode: Mode): boolean {
  return MODE_TRAITS[mode].rsync === 'mode';
}

/** clsync itself keeps a copy under the same names, rather than a handler of the user. */
export function keepsCopy(mode: Mode): boolean {
  return runsRsync(mode) || MODE_TRAITS[mode].copies;
}

/** Options that decide on the detail when the mode leaves it to them. */
export interface DetailOptions {
  readonly rsyncPreferInclude: boolean;
  readonly haveRecursiveSync: boolean;
}

/** Whether a new directory is one entry, rather than one for every object in it. */
export function takesDirectories(
  mode: Mode,
  { rsyncPreferInclude, haveRecursiveSync }: DetailOptions,
): boolean {
  const { detail } = MODE_TRAITS[mode];
  return detail === 'directory' ? !rsyncPreferInclude : detail === 'chosen' && haveRecursiveSync;
}

/**
 * Whether a directory may replace the changes in it. Handlers of other modes may not expect that.
 */
export function collapses(mode: Mode, options: DetailOptions): boolean {
  return MODE_TRAITS[mode].detail === 'directory' && takesDirectories(mode, options);
}
