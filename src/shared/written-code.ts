/** Whether a program may execute what it has written to memory, as compilers at run time do; and what Node is told where it may not. */
export type WrittenCode = 'executed' | 'refused';

/** Options of Node: without its compilers, which need memory that they write and execute. */
export function nodeOptions(writtenCode: WrittenCode): readonly string[] {
  return writtenCode === 'refused' ? ['--no-expose-wasm', '--jitless'] : [];
}
