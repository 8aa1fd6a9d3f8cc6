/**
 * Started by master.test.ts: is confined as the master is while it has several threads, and prints
 * what each of them may then do with some paths: `master-inside UID:GID PATH…`.
 */
import '../../src/master/without-ring.js';
import { once } from 'node:events';
import { closeSync, openSync, promises } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { masterRules } from '../../src/master/sandbox/landlock.js';
import { confineMaster } from '../../src/master/sandbox/master.js';
import { native } from '../../src/shared/native.js';
import { codeOf } from '../../src/shared/system-errors.js';

/** Threads of each kind; Node's pool has four. */
const WORKERS = 3;
const POOL = 16;
const OPENED = 'opened';
type Answers = readonly string[];

function answersOf(paths: readonly string[]): Answers {
  return paths.map((path) => {
    try {
      closeSync(openSync(path, 'r'));
      return OPENED;
    } catch (error) {
      return codeOf(error) ?? String(error);
    }
  });
}

/** By threads of the pool, all at once. */
async function ofPool(paths: readonly string[]): Promise<Answers[]> {
  const one = (path: string): Promise<string> =>
    promises.open(path, 'r').then(
      (file) => file.close().then(() => OPENED),
      (error: unknown) => codeOf(error) ?? String(error),
    );
  return Promise.all(Array.from({ length: POOL }, () => Promise.all(paths.map(one))));
}

/** A thread, which says so when it runs, and answers once it is asked. */
class Thread {
  readonly runs: Promise<unknown>;
  private readonly worker: Worker;

  constructor(paths: readonly string[]) {
    this.worker = new Worker(fileURLToPath(import.meta.url), { workerData: paths });
    this.runs = once(this.worker, 'message');
  }

  async answers(): Promise<Answers> {
    await this.runs;
    const answered = once(this.worker, 'message') as Promise<[Answers]>;
    this.worker.postMessage('go', []);
    return (await answered)[0];
  }
}

async function main(): Promise<void> {
  const [ids = '', ...paths] = process.argv.slice(2);
  const [uid = 0, gid = 0] = ids.split(':').map(Number);
  const some = (): Thread[] => Array.from({ length: WORKERS }, () => new Thread(paths));
  const before = some();
  await ofPool(['/']);
  await Promise.all(before.map(({ runs }) => runs));
  const starting = some();
  const masterFiles = masterRules(native.landlockVersion());
  const master = process.getuid?.() === 0 ? { uid, gid, groups: [] } : undefined;
  confineMaster({ master, masterFiles }, () => undefined);
  const threads = [...before, ...starting, ...some()];
  const found = await Promise.all(threads.map((thread) => thread.answers()));
  console.log(JSON.stringify([answersOf(paths), ...(await ofPool(paths)), ...found]));
  process.exit();
}

if (isMainThread) void main();
else {
  parentPort?.once('message', () => parentPort?.postMessage(answersOf(workerData as string[]), []));
  parentPort?.postMessage('ready', []);
}
