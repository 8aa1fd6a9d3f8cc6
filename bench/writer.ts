/**
 * A process that changes the files of a tree: node writer.js DIRECTORY CHANGES-A-SECOND SECONDS
 * PART PARTS. Rewrites, renames, removes and creates files; of several writers each has a part.
 */
import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [directory = '', ...numbers] = process.argv.slice(2);
const [rate = 0, seconds = 0, part = 0, parts = 1] = numbers.map(Number);
const PAUSE = 10;

const files = readdirSync(directory, { withFileTypes: true, recursive: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))
  .sort()
  .filter((_, index) => index % parts === part);
const began = performance.now();
let done = 0;

function another(file: string): string {
  return `${file.replace(/\.[\d-]+$/, '')}.${part}-${done}`;
}

function change(): void {
  const index = Math.floor(Math.random() * files.length);
  const file = files[index] as string;
  switch (Math.floor(Math.random() * 10)) {
    case 0:
      renameSync(file, (files[index] = another(file)));
      break;
    case 1:
      rmSync(file);
      writeFileSync((files[index] = another(file)), `made ${done}`);
      break;
    default:
      writeFileSync(file, `change ${done}`);
  }
}

const timer = setInterval(() => {
  const passed = performance.now() - began;
  for (const due = (Math.min(passed, seconds * 1000) * rate) / 1000; done < due; done++) change();
  if (passed >= seconds * 1000) clearInterval(timer);
}, PAUSE);
