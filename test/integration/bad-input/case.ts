import type { User } from '../../harness/user.js';

export interface Case {
  readonly what: string;
  /** Arguments; `~` stands for the directory of the test, which holds source/ and destination/. */
  readonly words: readonly string[];
  readonly exit: number;
  /** All of stderr; `~` as above. */
  readonly message: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly path?: string;
  readonly user?: User;
  readonly prepare?: (base: string) => void;
}

export const MIRROR = ['-Mrsyncdirect', '-W~/source', '-D~/destination'];
