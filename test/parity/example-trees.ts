/** The trees that the examples work on, and what can be seen of them. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { listing } from './stage.js';

/** Paths relative to the watch directory, itself included. */
export const GLOBAL = ['', 'bin', 'bin/tool', 'etc', 'etc/conf'];

export function makeGlobal(base: string): void {
  fs.mkdirSync(join(base, 'opt/global/bin'), { recursive: true });
  fs.mkdirSync(join(base, 'opt/global/etc'));
  fs.writeFileSync(join(base, 'opt/global/bin/tool'), 'x');
  fs.writeFileSync(join(base, 'opt/global/etc/conf'), 'x');
}

export function makeSourceAndDestination(base: string): void {
  fs.mkdirSync(join(base, 'path/to/source_dir/directory'), { recursive: true });
  fs.mkdirSync(join(base, 'path/to/destination_dir'));
  fs.writeFileSync(join(base, 'path/to/source_dir/file'), 'one');
  fs.writeFileSync(join(base, 'path/to/source_dir/directory/deep'), 'two');
  fs.symlinkSync('file', join(base, 'path/to/source_dir/link'));
  fs.writeFileSync(join(base, 'path/to/destination_dir/stale'), 'old');
}

export function changeSource(base: string): void {
  fs.appendFileSync(join(base, 'path/to/source_dir/file'), ' more');
  fs.rmSync(join(base, 'path/to/source_dir/directory/deep'));
  fs.mkdirSync(join(base, 'path/to/source_dir/new/deeper'), { recursive: true });
  fs.writeFileSync(join(base, 'path/to/source_dir/new/deeper/file'), 'three');
}

export function source(base: string): string[] {
  return listing(join(base, 'path/to/source_dir'));
}

export function destination(base: string): string[] {
  return listing(join(base, 'path/to/destination_dir'));
}

export function isPidFile(path: string): boolean {
  return fs.existsSync(path) && /^\d+$/.test(fs.readFileSync(path, 'utf8'));
}

export function lines(path: string): string[] {
  return fs.existsSync(path)
    ? fs
        .readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : [];
}

export function distinct(list: readonly string[]): string[] {
  return [...new Set(list)].sort();
}
