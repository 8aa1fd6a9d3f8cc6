/** Sample trees to be mirrored, with objects of every type. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { isRoot } from './user.js';

/** Names that programs often handle wrongly; bytes as latin1. */
export const ODD_NAMES = [
  'line\nbreak',
  '-rf',
  '--delete',
  '*',
  '[a]',
  '?',
  '\\',
  'a\\b',
  '100%',
  '%PID%',
  '%INCLUDE-LIST-PATH%',
  '#',
  ';',
  ' blank ',
  '- rule',
  '+ rule',
  '$(id)',
  '`id`',
  "'",
  '"',
  '\xff\xfe',
  'a\xc3(',
  '\x01',
  'x'.repeat(255),
  '~',
  ':',
  'host:path',
] as const;

/** Creates files, directories, links and odd names, all of which any user can create. */
export function makeOrdinaryTree(root: string): void {
  fs.mkdirSync(join(root, 'directory/deep/deeper'), { recursive: true });
  fs.mkdirSync(join(root, 'empty'));
  fs.writeFileSync(join(root, 'file'), 'content');
  fs.writeFileSync(join(root, 'directory/deep/old'), 'old');
  fs.utimesSync(join(root, 'directory/deep/old'), 1e9, 1e9);
  fs.linkSync(join(root, 'file'), join(root, 'directory/deep/deeper/link'));
  fs.symlinkSync('../file', join(root, 'directory/symlink'));
  fs.symlinkSync('/etc', join(root, 'symlink to a directory'));
  fs.symlinkSync('nowhere', join(root, 'dangling'));
  fs.writeFileSync(join(root, 'unreadable to others'), 'secret', { mode: 0o600 });
  fs.writeFileSync(join(root, 'executable'), '#!', { mode: 0o755 });
  for (const name of ODD_NAMES) {
    fs.writeFileSync(Buffer.from(join(root, name), 'latin1'), name);
    fs.mkdirSync(Buffer.from(join(root, 'directory', name), 'latin1'));
    fs.writeFileSync(Buffer.from(`${join(root, 'directory', name)}/${name}`, 'latin1'), name);
  }
}

/**
 * Creates objects that only root can create: with other owners, set-id bits, devices. Does nothing
 * for other users.
 */
export function makeRootTree(root: string): void {
  if (!isRoot) return;
  const at = (name: string): string => join(root, name);
  fs.writeFileSync(at('owned'), 'x');
  fs.chownSync(at('owned'), 1234, 4321);
  fs.writeFileSync(at('setuid'), 'x');
  fs.chownSync(at('setuid'), 1000, 1000);
  fs.chmodSync(at('setuid'), 0o6755);
  fs.mkdirSync(at('sticky'));
  fs.chmodSync(at('sticky'), 0o3777);
  fs.writeFileSync(at('no permissions'), 'x');
  fs.chmodSync(at('no permissions'), 0);
  fs.mkdirSync(at('closed'));
  fs.writeFileSync(at('closed/inside'), 'x');
  fs.chownSync(at('closed'), 1234, 1234);
  fs.chmodSync(at('closed'), 0o000);
  fs.symlinkSync('x', at('owned symlink'));
  fs.lchownSync(at('owned symlink'), 77, 77);
  execFileSync('mknod', [at('character'), 'c', '1', '3']);
  execFileSync('mknod', [at('block'), 'b', '7', '200']);
  execFileSync('mkfifo', [at('fifo')]);
}

/**
 * `files` files spread over `directories` nested directories (at most eight levels), each of `size`
 * bytes, or a few.
 */
export function makeManyFiles(root: string, files: number, directories: number, size = 0): void {
  const paths = [root];
  for (let i = 1; i <= directories; i++) {
    const path = join(paths[Math.floor(i / 3)] as string, 'd' + i);
    fs.mkdirSync(path);
    paths.push(path);
  }
  for (let i = 0; i < files; i++)
    fs.writeFileSync(
      join(paths[1 + (i % directories)] as string, 'f' + i),
      `content ${i}`.padEnd(size),
    );
}
