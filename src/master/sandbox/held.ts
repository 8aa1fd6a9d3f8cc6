/**
 * Puts the directories that the master has opened into a specification: the launcher takes them and
 * not what is at their paths by then.
 */
import { closeSync } from 'node:fs';
import type { BytePath } from '../../shared/bytes.js';
import type { Landlock, MountRow, Opened, View } from '../../shared/specification.js';
import type { OpenedPath } from '../open-path.js';
import type { Member } from './roles.js';

/** By the paths that the sandbox names them by. */
export type Held = ReadonlyMap<BytePath, OpenedPath>;

/** What the members are shown: all of it, and what each one is. */
export interface Holding {
  readonly all: Held;
  by(member: Member): Held;
}

export function letGo(held: Held): void {
  for (const { descriptor } of held.values()) closeSync(descriptor);
}

/** As the launcher has them: the first is descriptor `first` there, and so on. */
export class Inherited {
  private readonly numbers: ReadonlyMap<BytePath, number>;

  constructor(
    private readonly held: Held,
    first: number,
  ) {
    this.numbers = new Map([...held.keys()].map((path, index) => [path, first + index]));
  }

  get descriptors(): readonly number[] {
    return [...this.numbers.values()];
  }

  /** undefined: the master has not opened it. */
  at(path: BytePath): Opened | undefined {
    const [descriptor, opened] = [this.numbers.get(path), this.held.get(path)];
    return descriptor === undefined || opened === undefined
      ? undefined
      : { descriptor, path: opened.path };
  }

  view(view: View): View {
    const root = view.chroot === undefined ? undefined : this.at(view.chroot);
    return {
      ...view,
      ...(root === undefined ? {} : { chrootOpened: root }),
      rows: view.rows.map((row) => this.row(row)),
    };
  }

  landlock(landlock: Landlock): Landlock {
    const rules = landlock.rules.map((rule) => {
      const opened = this.at(rule.path);
      return opened === undefined ? rule : { ...rule, opened };
    });
    return { ...landlock, rules };
  }

  private row(row: MountRow): MountRow {
    const opened = row.kind === 'bind' ? this.at(row.source) : undefined;
    return opened === undefined || row.kind !== 'bind' ? row : { ...row, opened };
  }
}
