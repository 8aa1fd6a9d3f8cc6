/**
 * Translates the rules of a rules file for the C part: for each rule, the actions it decides
 * (clsync(1), RULES). The first matching rule that concerns an action decides it; when none
 * matches, it is allowed.
 */
import { toBuffer } from './bytes.js';
import type { RuleRow } from './native.js';
import type { Rule } from './settings.js';

/** Bits of `enum action` in src/native/watch/watch.h. */
export const Action = {
  /** Sync anything that is no directory. */
  file: 1,
  /** Sync a directory itself. */
  sync: 2,
  /** Enter a directory. */
  walk: 4,
  /** Watch a directory for events. */
  monitor: 8,
} as const;

const DECIDES: Readonly<Record<Rule['kind'], number>> = {
  f: Action.file,
  d: Action.sync | Action.walk | Action.monitor,
  w: Action.walk,
  m: Action.monitor,
  s: Action.sync,
  W: Action.walk | Action.monitor,
  '*': Action.file | Action.sync | Action.walk | Action.monitor,
};

export function ruleRows(rules: readonly Rule[]): RuleRow[] {
  return rules.map((rule) => [toBuffer(rule.pattern), DECIDES[rule.kind], rule.allow]);
}
