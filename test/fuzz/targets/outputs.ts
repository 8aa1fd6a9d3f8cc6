/** Decoders of what programs print, and the display of names. */
import assert from 'node:assert/strict';
import { RsyncDeletions } from '../../../src/executor/modes/rsync/deletions.js';
import { RsyncOutput } from '../../../src/executor/modes/rsync/output.js';
import { display, fromBuffer, isRelative } from '../../../src/shared/bytes.js';
import { decodeFailure } from '../../../src/shared/specification-wire.js';
import { HOSTILE_NAMES } from '../../confinement/hostile-names.js';
import type { Target } from '../target.js';

export const OUTPUTS: readonly Target[] = [
  {
    name: 'output of rsync',
    words: [
      'to-chk=',
      'ir-chk=',
      '/',
      ')',
      '(xfr#1, to-chk=5/9)',
      '\r',
      '\n',
      'rsync: ',
      'Permission denied (13)',
      '9'.repeat(400),
      'file has vanished: ',
    ],
    samples: () => [
      '  1,000 100%  1.0MB/s 0:00:01 (xfr#5, to-chk=120/2000)\r',
      'rsync: [sender] open "x" failed: Permission denied (13)\nrsync error: x (code 23)\n',
      'file has vanished: "x"\n',
    ],
    run(input) {
      const output = new RsyncOutput((done, total) =>
        assert.ok(
          Number.isSafeInteger(done) && Number.isSafeInteger(total) && done >= 0 && done <= total,
          `${done}/${total}`,
        ),
      );
      for (let at = 0; at < input.length; at += 1000) {
        output.stdout(input.subarray(at, at + 1000));
        output.stderr(input.subarray(at, at + 1000));
      }
      assert.ok(output.complaints().every((line) => !/[\x00-\x1f\x7f]/.test(line)));
    },
  },
  {
    name: 'what rsync would delete',
    words: ['deleting ', '/', '..', '.', '\\#012', '\\#134', '\\#000', '\r', '\n'],
    samples: () => [
      'deleting a\\#012b/\ndeleting \\#377\ncannot delete non-empty directory: x\n',
      'deleting ../x\ndeleting /x\n',
    ],
    run(input) {
      const deletions = new RsyncDeletions();
      for (let at = 0; at < input.length; at += 1000)
        deletions.stdout(input.subarray(at, at + 1000));
      assert.ok(deletions.extras().every(({ path }) => path !== '' && isRelative(path)));
    },
  },
  {
    name: "the launcher's report",
    words: ['217 2 program: ', ': ', '\n', '\0'],
    samples: () => [
      '217 2 program: /x: No such file or directory\0',
      '205 1 keeper: x\ny\x00205 1 keeper: x\0',
    ],
    run(input) {
      const failure = decodeFailure(input);
      assert.ok(
        failure === undefined ||
          (Number.isFinite(failure.status + failure.errno) && !failure.words.includes('\0')),
      );
    },
  },
  {
    name: 'names for people',
    words: ['\xc2\x9b', '\xe2\x80\xae', '\x1b[', '\xed\xa0\x80', '\xf4\x8f\xbf\xbf'],
    samples: () => HOSTILE_NAMES.map((name) => Buffer.from(name, 'latin1')),
    run(input) {
      assert.doesNotMatch(display(fromBuffer(input)), /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e]/u);
    },
  },
];
