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
