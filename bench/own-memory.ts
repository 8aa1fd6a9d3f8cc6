import { readFileSync } from 'node:fs';

/** Bytes that are the process's own. */
export function ownMemory(pid: number): number {
  const found = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1]) * 1024;
}
