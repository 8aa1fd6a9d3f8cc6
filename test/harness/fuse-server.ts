/**
 * A FUSE file system of an ordinary user, as a program: `node fuse-server.js POINT UID OPTIONS`. It
 * answers the kernel's first request only, so every later one hangs.
 */
import { spawnSync } from 'node:child_process';
import { openSync, read, writeSync } from 'node:fs';

/** Sizes and numbers of include/uapi/linux/fuse.h. */
const REQUEST_HEADER = 40;
const INIT = 26;
const INIT_ANSWER = 64;
const HEADER = 16;
const [MAJOR, MINOR] = [7, 31];
/** The kernel refuses to read a request into less. */
const BUFFER = 1 << 20;

const [point = '', uid = '', more = ''] = process.argv.slice(2);
const device = openSync('/dev/fuse', 'r+');
const options = `fd=3,rootmode=40000,user_id=${uid},group_id=${uid}${more && `,${more}`}`;
const { status } = spawnSync('mount', ['-i', '-t', 'fuse', '-o', options, 'test', point], {
  stdio: ['ignore', 'ignore', 'inherit', device],
});
if (status !== 0) process.exit(1);
serve();

function serve(): void {
  const request = Buffer.alloc(BUFFER);
  read(device, request, 0, BUFFER, null, (error, length) => {
    if (error !== null) process.exit(0); // it was unmounted
    if (length >= REQUEST_HEADER && request.readUInt32LE(4) === INIT) answer(request);
    serve();
  });
}

function answer(request: Buffer): void {
  const bytes = Buffer.alloc(HEADER + INIT_ANSWER);
  bytes.writeUInt32LE(bytes.length, 0);
  request.copy(bytes, 8, 8, 16); // the request's number
  bytes.writeUInt32LE(MAJOR, HEADER);
  bytes.writeUInt32LE(MINOR, HEADER + 4);
  bytes.writeUInt32LE(BUFFER / 2, HEADER + 20); // the longest write
  writeSync(device, bytes);
}
