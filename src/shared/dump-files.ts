/** The files of a dump (signal 29), by the role that sends them. */
export const DUMP_FILES = {
  watcher: /^(?:watcher|events)$/,
  executor: /^(?:instance|executor|failing|settling|queue\/[0-9]|threads\/[0-9]+)$/,
} as const satisfies Readonly<Record<string, RegExp>>;

/** Directories in that of a dump, there also when nothing is in them. */
export const DUMP_DIRECTORIES = ['queue', 'threads'] as const;

/** Whether a dump has such a file: who sends the name is not trusted to choose another. */
export function isDumpFile(name: string): boolean {
  return Object.values(DUMP_FILES).some((names) => names.test(name));
}

/** The files of a dump, each of its own name, or in a directory by a number. */
export const DUMP_PARTS = [
  ...['watcher', 'events', 'instance', 'executor', 'failing', 'settling'],
  ...DUMP_DIRECTORIES.map((name) => `${name}/`),
] as const;
/** The largest number of a file. */
const NUMBER_MAX = 0xffff;

/** The index in `DUMP_PARTS`, and the number where that is a directory; undefined: no such file. */
export function dumpPart(name: string): readonly [index: number, number: number] | undefined {
  if (!isDumpFile(name)) return undefined;
  const [, directory, digits = '0'] = /^(\w+\/)(\d+)$/.exec(name) ?? [];
  const number = Number(digits);
  return number > NUMBER_MAX ? undefined : [DUMP_PARTS.indexOf(directory ?? name), number];
}
