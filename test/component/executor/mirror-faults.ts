/**
 * mirror-faults ROOT: in a mount namespace of its own, in which ROOT/destination is a file system
 * of 2 MB. Exits with 0 when the mirror took a mount, a full and a read-only destination well.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { MirrorAnswer } from '../../../src/executor/modes/mirror/wire.js';
import { MirrorStage, row } from './mirror-stage.js';

const { errno } = constants;
const stage = new MirrorStage(process.argv[2] ?? '');

function failures({ findings }: MirrorAnswer): string[] {
  return findings
    .map((finding) => `${finding.path} ${finding.kind === 'failed' ? finding.errno : finding.kind}`)
    .sort();
}

// What is mounted below the destination is not entered for deletion.
const mounted = join(stage.destination, 'extra/mounted');
mkdirSync(mounted, { recursive: true });
writeFileSync(join(stage.destination, 'extra/file'), '');
execFileSync('mount', ['-t', 'tmpfs', 'none', mounted]);
writeFileSync(join(mounted, 'kept'), '');
assert.deepEqual(failures(await stage.tree()), [`extra/mounted ${errno.EBUSY}`]);
assert.deepEqual(readdirSync(join(stage.destination, 'extra')), ['mounted']);
assert.deepEqual(readdirSync(mounted), ['kept']);
execFileSync('umount', [mounted]);
assert.deepEqual(failures(await stage.tree()), []);

// What the kernel does not copy from one file system to another is read and written.
const content = randomBytes((1 << 20) + 300_001);
writeFileSync(join(stage.source, 'elsewhere'), content);
assert.deepEqual(failures(await stage.tree()), []);
assert.ok(readFileSync(join(stage.destination, 'elsewhere')).equals(content));
rmSync(join(stage.source, 'elsewhere'));
assert.deepEqual(failures(await stage.tree()), []);

// Old content stays where there is no room for the new one; what fits is copied.
writeFileSync(join(stage.source, 'large'), 'old');
await stage.tree();
writeFileSync(join(stage.source, 'large'), Buffer.alloc(4 << 20, 'x'));
writeFileSync(join(stage.source, 'small'), 'small');
assert.deepEqual(failures(await stage.tree()), [`large ${errno.ENOSPC}`]);
assert.equal(readFileSync(join(stage.destination, 'large'), 'utf8'), 'old');
assert.deepEqual(readdirSync(stage.destination).sort(), ['large', 'small']);

rmSync(join(stage.source, 'large'));
execFileSync('mount', ['-o', 'remount,ro', stage.destination]);
writeFileSync(join(stage.source, 'new'), '');
assert.deepEqual(
  failures(await stage.run(['large', 'new', 'small'].map((path) => row('name', path)))),
  [` ${errno.EROFS}`, `large ${errno.EROFS}`, `new ${errno.EROFS}`],
);
stage.close();
