/**
 * Every example of the C program's README has the same effect under both programs, or the right one
 * under this one.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needs } from '../harness/programs.js';
import { DEADLINE, until } from '../harness/until.js';
import { isRoot } from '../harness/user.js';
import { EXAMPLES } from './examples.js';
import type { Example } from './examples.js';
import { Stage, VARIANTS, patienceWith, withTries } from './stage.js';
import type { Variant } from './stage.js';

for (const example of EXAMPLES) {
  for (const variant of VARIANTS) {
    const fails = variant === 'original' ? example.originalFails : undefined;
    const skip = (variant === 'original' && needs('original')) || (isRoot ? false : 'needs root');
    test(
      `${example.name}, ${variant}${fails ? `: ${fails}` : ''}`,
      { skip, timeout: DEADLINE },
      (scope) =>
        withTries(variant, async () => {
          const stage = new Stage(
            scope,
            variant,
            example.line,
            example.widened ?? [],
            example.prepare,
          );
          if (fails === undefined) await showsEffect(stage, example, variant);
          else assert.notEqual((await stage.daemon.exited).code, 0);
          await stage.stop();
          if (fails === undefined)
            assert.deepEqual(
              await stage.daemon.exited,
              { code: 0, signal: null },
              stage.daemon.output,
            );
        }),
    );
  }
}

async function showsEffect(stage: Stage, example: Example, variant: Variant): Promise<void> {
  const { daemon, base } = stage;
  const becomes = async (wanted: readonly string[]): Promise<void> => {
    let effect: readonly string[] = [];
    const holds = (): boolean => {
      effect = example.effect(base, stage.record());
      // A program in the background has detached from the shell that started it.
      if (!example.ends && daemon.exit !== undefined)
        assert.equal(
          daemon.exit.code,
          0,
          `${variant} ended with ${JSON.stringify(daemon.exit)}\n${daemon.output}`,
        );
      return (
        effect.length === wanted.length && effect.every((line, index) => line === wanted[index])
      );
    };
    const detail = (): string =>
      `wanted\n  ${wanted.join('\n  ')}\nhas\n  ${effect.join('\n  ')}\n${daemon.output}`;
    await until('the effect', holds, { timeout: patienceWith(variant), detail });
  };
  await becomes(example.expected(base));
  if (example.change && example.expectedAfter) {
    example.change(base);
    await becomes(example.expectedAfter(base));
  }
  if (example.ends) assert.deepEqual(await daemon.exited, { code: 0, signal: null }, daemon.output);
}
