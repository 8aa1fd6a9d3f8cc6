/**
 * What the rules refuse is left alone at the destination, also where the source has no such name:
 * of that the watcher, who tells what is refused, knows nothing. The rules are asked here as they
 * are there, since rsync's patterns cannot say what a regular expression does.
 */
import { ROOT, parent, toBuffer } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';
import { native } from '../../../shared/native.js';
import type { RulesHandle } from '../../../shared/native.js';
import { Action, ruleRows } from '../../../shared/rules.js';
import type { ExecutorSettings, Rule } from '../../../shared/settings.js';

/** A name that only the destination has, with everything that is beneath it there. */
export interface Extra {
  readonly path: BytePath;
  readonly isDirectory: boolean;
}

const DIRECTORY = Action.sync | Action.walk | Action.monitor;

export class Protection {
  private compiled: { readonly rules: readonly Rule[]; readonly handle: RulesHandle } | undefined;

  constructor(
    private readonly settings: () => Pick<ExecutorSettings, 'rules' | 'fullInitialSync'>,
  ) {}

  /**
   * @param initial the initial sync, which `--full-initialsync` does without regard to the rules
   */
  isNeeded({ initial }: { readonly initial: boolean }): boolean {
    const { rules, fullInitialSync } = this.settings();
    return !(initial && fullInitialSync) && rules.some(({ allow }) => !allow);
  }

  /** Which of these names are refused, and which are stale; the topmost of each. */
  divide(extras: readonly Extra[]): { refused: BytePath[]; stale: BytePath[] } {
    const verdicts = new Map<BytePath, boolean>();
    const isEntered = (directory: BytePath): boolean => {
      let verdict = verdicts.get(directory);
      if (verdict === undefined) {
        verdict =
          (directory === ROOT || isEntered(parent(directory))) &&
          (this.allowed(DIRECTORY, directory) & Action.walk) !== 0;
        verdicts.set(directory, verdict);
      }
      return verdict;
    };
    const names = new Set(extras.map(({ path }) => path));
    const refused = new Set<BytePath>();
    const stale: BytePath[] = [];
    for (const { path, isDirectory } of extras) {
      const isRefused =
        !isEntered(parent(path)) || this.allowed(isDirectory ? DIRECTORY : Action.file, path) === 0;
      if (isRefused) refused.add(path);
      else if (!names.has(parent(path))) stale.push(path);
    }
    return { refused: [...refused].filter((path) => !refused.has(parent(path))), stale };
  }

  private allowed(actions: number, path: BytePath): number {
    const { rules } = this.settings();
    if (this.compiled?.rules !== rules)
      this.compiled = { rules, handle: native.rulesCompile(ruleRows(rules)) };
    return native.rulesAllowed(this.compiled.handle, actions, toBuffer(path));
  }
}
