/**
 * No call takes a list of unknown length as its arguments: some 125,000 of them overflow the stack
 * (`push(...paths)`, `Math.max(...sizes)`). A loop, `concat`, `reduce` or an array literal (`[...a,
 * ...b]`) has no such bound.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'acorn';
import type { AnyNode } from 'acorn';
import { transformSync } from 'esbuild';

const SOURCES = fileURLToPath(new URL('../../../src/', import.meta.url));

/**
 * Lists whose length is fixed by the program, as they are written; a literal list needs no
 * allowance.
 */
const BOUNDED: Readonly<Record<string, readonly string[]>> = {
  'executor/modes/plugin/host.ts': ['nodeOptions(writtenCode)'],
  'executor/modes/plugin/plugin.ts': ['this.host.command'],
  'executor/modes/rsync/connection.ts': ['commandOf(shell, destination)'],
  'executor/modes/rsync/run.ts': ['this.options()', 'this.ends()'],
  'executor/modes/rsync/version.ts': ['QUESTION'],
  'master/surface/lists-directory.ts': ['makeAt(path)'],
  'master/settings/command-line.ts': ['words.slice(++i, i + 1)'],
  'tools/manual.ts': ['defaultLine(name)'],
};

test('no call is given a list of unknown length as arguments', () => {
  const files = (fs.readdirSync(SOURCES, { recursive: true }) as string[]).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.d.ts'),
  );
  assert.ok(files.length > 100, 'these are the sources');
  const found = files.flatMap((file) => {
    const allowed = BOUNDED[file] ?? [];
    return spreads(fs.readFileSync(path.join(SOURCES, file), 'utf8'))
      .filter((list) => !allowed.includes(list))
      .map((list) => `${file}: ...${list}`);
  });
  assert.deepEqual(found, []);
});

test('the check finds what it is there for', () => {
  assert.deepEqual(
    spreads(
      'settled.push(...step.entries); Math.max(...sizes as number[]); new ' +
        'Set<string>(...a); f.apply(null, list);',
    ),
    ['step.entries', 'sizes', 'a', 'list'],
  );
  assert.deepEqual(
    spreads(
      'words("a", ...(b ? ["c"] : [])); const all = [...a, ...b]; const f = (...rest: ' +
        'string[]) => rest;',
    ),
    [],
  );
});

/** The lists that calls take as arguments, as they are written. */
function spreads(typescript: string): string[] {
  const code = transformSync(typescript, { loader: 'ts', target: 'es2022' }).code;
  const found: string[] = [];
  const visit = (node: AnyNode): void => {
    if (node.type === 'CallExpression' || node.type === 'NewExpression') {
      for (const list of listsOf(node))
        if (!isLiteral(list)) found.push(code.slice(list.start, list.end));
    }
    for (const child of Object.values(node).flat()) if (isNode(child)) visit(child);
  };
  visit(parse(code, { ecmaVersion: 'latest', sourceType: 'module' }));
  return found;
}

function listsOf(call: AnyNode & { type: 'CallExpression' | 'NewExpression' }): AnyNode[] {
  const { callee } = call;
  const applied =
    callee.type === 'MemberExpression' &&
    callee.property.type === 'Identifier' &&
    callee.property.name === 'apply'
      ? call.arguments.slice(1, 2)
      : [];
  return [
    ...applied,
    ...call.arguments.flatMap((argument) =>
      argument.type === 'SpreadElement' ? [argument.argument] : [],
    ),
  ];
}

function isLiteral(list: AnyNode): boolean {
  if (list.type === 'ConditionalExpression')
    return isLiteral(list.consequent) && isLiteral(list.alternate);
  return (
    list.type === 'ArrayExpression' &&
    list.elements.every((element) => element?.type !== 'SpreadElement')
  );
}

function isNode(value: unknown): value is AnyNode {
  return (
    typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
  );
}
