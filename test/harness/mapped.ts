/**
 * A file that is mapped into the memory of another process, which writes to it there: the kernel
 * reports no event of that while it is mapped.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';

export const needsPython =
  spawnSync('python3', ['--version']).error === undefined ? false : 'needs python3 for mmap(2)';

/** Maps the file into memory, and writes to it with each line that it reads, without an end. */
const WRITER = `
import mmap, os, sys
file = os.open(sys.argv[1], os.O_RDWR)
memory = mmap.mmap(file, 0)
print(flush=True)
for number, _ in enumerate(sys.stdin):
    at = number * mmap.PAGESIZE
    memory[at:at + 4] = b'more'
    memory.flush()
    print(flush=True)
`;
export const PAGES = 4;

/** Makes such a file. It may be written `PAGES` times. */
export async function mapped(path: string): Promise<Disposable & { write(): Promise<void> }> {
  writeFileSync(path, Buffer.alloc(PAGES * 65_536));
  const child = spawn('python3', ['-c', WRITER, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return {
    write: async () => {
      child.stdin.write('\n');
      await once(child.stdout, 'data');
    },
    [Symbol.dispose]: () => child.kill('SIGKILL'),
  };
}
