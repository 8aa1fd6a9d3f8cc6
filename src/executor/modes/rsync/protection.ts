/**
 * Applies the rules to names that only the destination has: refused names stay there. The watcher
 * does not report them, since it sees only the source. The same compiled rules are used as in the
 * watcher, because rsync's patterns cannot express regular expressions.
 */
import { ROOT, parent, toBuffer } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';
import { native } from '../../../shared/native.js';
import type { RulesHandle } from '../../../shared/native.js';
import { Action, ruleRows } from '../../../shared/rules.js';
import type { ExecutorSettings, Rule } from '../../../shared/settings.js';

/** A name that only the destination has. */
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
   * @param initial whether it is the initial sync, in which `--full-initialsync` ignores the rules
   */
  isNeeded({ initial }: { readonly initial: boolean }): boolean {
    const { rules, fullInitialSync } = this.settings();
    return !(initial && fullInitialSync) && rules.some(({ allow }) => !allow);
  }

  /** Divides these names into refused and stale ones; the topmost of each. */
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

  /** The present rules. */
  get compiledRules(): RulesHandle {
    const { rules } = this.settings();
    if (this.compiled?.rules !== rules)
      this.compiled = { rules, handle: native.rulesCompile(ruleRows(rules)) };
    return this.compiled.handle;
  }

  private allowed(actions: number, path: BytePath): number {
    return native.rulesAllowed(this.compiledRules, actions, toBuffer(path));
  }
}
