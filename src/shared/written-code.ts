/**
 * Whether a program may execute what it has written to memory, as compilers at run time do; and
 * what Node is told where it may not.
 */
export type WrittenCode = 'executed' | 'refused';

/**
 * Node 24 and later leave WebAssembly out by themselves, and refuse to start with the option that
 * those before warn without.
 */
const LEAVES_WASM_OUT = Number(process.versions.node.split('.', 1)[0]) >= 24;

/** Options of Node: without its compilers, which need memory that they write and execute. */
export function nodeOptions(writtenCode: WrittenCode): readonly string[] {
  if (writtenCode === 'executed') return [];
  return LEAVES_WASM_OUT ? ['--jitless'] : ['--no-expose-wasm', '--jitless'];
}
