/**
 * The files of a dump (signal 29), by the role that sends them. Those of executors after the first
 * lie in a directory of each one's own.
 */
export const DUMP_FILES = {
  watcher: /^(?:watcher|events)$/,
  executor: /^(?:instance|executor|failing|settling|queue\/[0-9]|threads\/[0-9]+)$/,
} as const satisfies Readonly<Record<string, RegExp>>;

/** Directories in that of a dump, there also when nothing is in them. */
const DIRECTORIES = ['queue', 'threads'] as const;

/** Where the executor of a destination has its files: `queue/0` of the second in `executor-2/`. */
export function dumpPlace(destination: number): string {
  return destination === 0 ? '' : `executor-${destination + 1}/`;
}
const PLACED = /^(executor-[2-8]\/)(.*)$/s;

/** Whether a dump has such a file: who sends the name is not trusted to choose another. */
export function isDumpFile(name: string): boolean {
  const [, , placed] = PLACED.exec(name) ?? [];
  if (placed !== undefined) return DUMP_FILES.executor.test(placed);
  return Object.values(DUMP_FILES).some((names) => names.test(name));
}

/** The directories of a dump, each after the one that it is in. */
export function dumpDirectories(destinations: number): readonly string[] {
  const places = Array.from({ length: destinations }, (_, one) => dumpPlace(one));
  return places.flatMap(directoriesIn);
}

/** Those that the file needs: a dump of several destinations is told by its files alone. */
export function dumpDirectoriesOf(name: string): readonly string[] {
  const [, place = ''] = PLACED.exec(name) ?? [];
  return directoriesIn(place);
}

function directoriesIn(place: string): string[] {
  return [...(place === '' ? [] : [place]), ...DIRECTORIES.map((name) => `${place}${name}/`)];
}

/** The files of a dump, each of its own name, or in a directory by a number. */
export function dumpParts(destinations: number): readonly string[] {
  return Array.from({ length: destinations }, (_, one) => partsOf(one)).flat();
}

function partsOf(destination: number): string[] {
  const place = dumpPlace(destination);
  const files = ['instance', 'executor', 'failing', 'settling'].map((name) => `${place}${name}`);
  return [...(destination === 0 ? ['watcher', 'events'] : []), ...directoriesIn(place), ...files];
}

const ALL_PARTS = dumpParts(8);
/** The largest number of a file. */
const NUMBER_MAX = 0xffff;

/** The index in `dumpParts`, and the number where that is a directory; undefined: no such file. */
export function dumpPart(name: string): readonly [index: number, number: number] | undefined {
  if (!isDumpFile(name)) return undefined;
  const [, directory, digits = '0'] = /^(.*\/)(\d+)$/.exec(name) ?? [];
  const number = Number(digits);
  return number > NUMBER_MAX ? undefined : [ALL_PARTS.indexOf(directory ?? name), number];
}
