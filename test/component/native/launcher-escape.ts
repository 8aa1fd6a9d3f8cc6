/** A program that tries to outlive its launcher, and the two kinds of keeper that must end it. */
import { fromText } from '../../../src/shared/bytes.js';
import type { Keeper, Specification } from '../../../src/shared/specification.js';

const root = process.getuid?.() === 0;
const ids = root ? { identity: { uid: 61260, gid: 61260, groups: [] } } : {};
const nobody = { permitted: 0n, effective: 0n, inheritable: 0n, ambient: 0n };
export const KEEPERS: Readonly<Record<Keeper, Partial<Specification>>> = {
  adoption: { ...ids, capabilities: nobody, keeper: 'adoption' },
  namespace: {
    ...ids,
    capabilities: nobody,
    namespaces: { kinds: ['pid', 'mount'] },
    keeper: 'namespace',
    view: {
      freshRoot: false,
      rows: [{ kind: 'proc', target: fromText('/proc'), options: 'hidepid=invisible' }],
    },
  },
};

/**
 * Double-forks a sleep of a unique length into a session of its own, prints that it has, and runs
 * `then`.
 */
export function escaping(seconds: string, then: string): Partial<Specification> {
  const script = `(setsid sleep ${seconds} & ); echo started; ${then}`;
  return {
    program: fromText('/bin/sh'),
    arguments: ['sh', '-c', script].map(fromText),
    environment: [fromText('PATH=/usr/bin:/bin')],
  };
}
