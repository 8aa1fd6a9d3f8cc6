/**
 * Whether a program may execute memory that it has written, as just-in-time compilers do; and
 * Node's options when it may not.
 */
export type WrittenCode = 'executed' | 'refused';

/**
 * Node 24 and later turn WebAssembly off with `--jitless`, and refuse `--no-expose-wasm`. Older
 * versions warn without it.
 */
const LEAVES_WASM_OUT = Number(process.versions.node.split('.', 1)[0]) >= 24;

/** Options that turn off Node's compilers, which need memory that they write and execute. */
export function nodeOptions(writtenCode: WrittenCode): readonly string[] {
  if (writtenCode === 'executed') return [];
  return LEAVES_WASM_OUT ? ['--jitless'] : ['--no-expose-wasm', '--jitless'];
}
