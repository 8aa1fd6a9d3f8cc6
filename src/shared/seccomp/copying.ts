/** What copying takes, whether an executor copies itself or a program does. */
import type { CallRule } from './filter.js';

export const CLONE_FS = 0x00000200;
/** FICLONE and FICLONERANGE of <linux/fs.h>. */
const CLONING = [0x40049409, 0x4020940d];

/** What an executor that copies itself calls. */
export const COPYING: readonly CallRule[] = [
  {
    action: 'allow',
    why: 'copies that share their blocks',
    calls: ['ioctl'],
    when: [{ argument: 1, oneOf: CLONING }],
  },
  {
    action: 'allow',
    why: 'its threads have working directories of their own',
    calls: ['unshare'],
    when: [{ argument: 0, oneOf: [CLONE_FS] }],
  },
  {
    action: 'allow',
    why: 'what it reads and writes',
    calls: [
      'copy_file_range',
      'fchdir',
      'fdatasync',
      'fsync',
      'ftruncate',
      'open',
      'openat',
      'openat2',
      'pwrite64',
      'pwritev',
      'syncfs',
    ],
  },
  {
    action: 'allow',
    why: 'objects of every kind, and their names',
    calls: [
      'link',
      'linkat',
      'mkdir',
      'mkdirat',
      'mknod',
      'mknodat',
      'rename',
      'renameat',
      'renameat2',
      'rmdir',
      'symlink',
      'symlinkat',
      'unlink',
      'unlinkat',
    ],
  },
  {
    action: 'allow',
    why: 'owners, modes, times and extended attributes',
    calls: [
      'chmod',
      'chown',
      'fchmod',
      'fchmodat',
      'fchmodat2',
      'fchown',
      'fchownat',
      'fgetxattr',
      'flistxattr',
      'fremovexattr',
      'fsetxattr',
      'getxattr',
      'lchown',
      'lgetxattr',
      'listxattr',
      'listxattrat',
      'llistxattr',
      'lremovexattr',
      'lsetxattr',
      'removexattr',
      'setxattr',
      'utimensat',
    ],
  },
];
