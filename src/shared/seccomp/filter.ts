/**
 * Filters of system calls as tables of names, compiled to the classic BPF that seccomp(2) takes.
 */
import { LAST_SYSCALL, SYSCALLS } from './syscalls.js';
import type { Syscall } from './syscalls.js';

/** What happens instead of the call. */
export type FilterAction =
  'allow' | 'kill' | 'EPERM' | 'ENOSYS' | 'EINVAL' | 'EAFNOSUPPORT' | 'EPROTONOSUPPORT';

/**
 * A condition on the low 32 bits of one argument. All flags and numbers in the tables are there.
 */
export type Condition =
  // anyOf, allOf and noneSet are bits; oneOf and noneOf are values, from and to the first and the
  // last of a range. With `within`, only its bits are compared.
  | { readonly argument: number; readonly anyOf: number }
  | { readonly argument: number; readonly allOf: number }
  | { readonly argument: number; readonly noneSet: number }
  | { readonly argument: number; readonly oneOf: readonly number[]; readonly within?: number }
  | { readonly argument: number; readonly noneOf: readonly number[] }
  | { readonly argument: number; readonly from: number; readonly to: number };

export interface CallRule {
  readonly calls: readonly Syscall[];
  readonly action: FilterAction;
  /** Only when all of these hold; undefined: always. */
  readonly when?: readonly Condition[];
  /** What it is allowed for. */
  readonly why?: string;
  /** A refusal that is not counted. */
  readonly quiet?: true;
}

/** Rules, of which the first that fits decides, and what happens to a call that none names. */
export interface Filter {
  readonly rules: readonly CallRule[];
  readonly otherwise: FilterAction;
}

/** SECCOMP_RET_* of <linux/seccomp.h>, with the errno in the low bits. */
const RETURN: Readonly<Record<FilterAction, number>> = {
  kill: 0x80000000, // the process: killing a thread would leave the rest of it running
  EPERM: 0x00050000 | 1,
  ENOSYS: 0x00050000 | 38,
  EINVAL: 0x00050000 | 22,
  EAFNOSUPPORT: 0x00050000 | 97,
  EPROTONOSUPPORT: 0x00050000 | 93,
  allow: 0x7fff0000,
};

/**
 * SECCOMP_RET_ERRNO, and SECCOMP_RET_TRAP, which sends SIGSYS to the thread, whose handler counts
 * the refusal and answers the errno (src/native/addon/refusals.c).
 */
const [ERRNO, TRAP] = [0x00050000, 0x00030000];
const ACTION = 0x7fff0000;

/** AUDIT_ARCH_* of <linux/audit.h>, and the column of `SYSCALLS`. */
const ARCHITECTURES: Partial<
  Record<NodeJS.Architecture, { readonly audit: number; readonly column: 0 | 1 }>
> = {
  x64: { audit: 0xc000003e, column: 0 },
  arm64: { audit: 0xc00000b7, column: 1 },
};

/** Calls of the x32 ABI of x86-64 carry this bit; the same filter would not know their numbers. */
const X32_BIT = 0x40000000;

/**
 * Opcodes of <linux/bpf_common.h>: load a word, keep some of its bits, jump if equal / greater or
 * equal / any bit set, return.
 */
const LOAD = 0x20;
const AND = 0x54;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const JUMP_ANY_BIT = 0x45;
const RETURN_CONSTANT = 0x06;

/** Offsets in struct seccomp_data. */
const OFFSET = {
  number: 0,
  architecture: 4,
  argument: (index: number): number => 16 + 8 * index,
} as const;

interface Instruction {
  readonly code: number;
  readonly yes?: number;
  readonly no?: number;
  readonly k: number;
}

export function supportsFilters(architecture: NodeJS.Architecture = process.arch): boolean {
  return ARCHITECTURES[architecture] !== undefined;
}

export interface Compilation {
  /** What happens to a call that no rule names. */
  readonly otherwise?: FilterAction;
  readonly architecture?: NodeJS.Architecture;
  /** The process counts what is refused. */
  readonly counted?: boolean;
}

/** The name of a system call here; where the filters name none such, its number. */
export function nameOf(call: number): string {
  const column = ARCHITECTURES[process.arch]?.column ?? 0;
  const [name] = Object.entries(SYSCALLS).find(([, row]) => row[column] === call) ?? [];
  return name ?? `number ${call}`;
}

/**
 * An array of struct sock_filter. The first rule that fits decides. Throws RangeError for an
 * architecture without a table.
 */
export function compileFilter(
  rules: readonly CallRule[],
  { otherwise = 'allow', architecture = process.arch, counted = false }: Compilation = {},
): Buffer {
  const target = ARCHITECTURES[architecture];
  if (target === undefined) throw new RangeError(`no table of system calls for ${architecture}`);
  const start: Instruction[] = [
    { code: LOAD, k: OFFSET.architecture },
    { code: JUMP_EQUAL, yes: 1, k: target.audit },
    returning(RETURN.kill),
    { code: LOAD, k: OFFSET.number },
  ];
  if (architecture === 'x64')
    start.push({ code: JUMP_AT_LEAST, no: 1, k: X32_BIT }, returning(RETURN.kill));
  // A call newer than the table may do what the table refuses. The program is told that it does not
  // exist.
  start.push({ code: JUMP_AT_LEAST, no: 1, k: LAST_SYSCALL + 1 }, returning(RETURN.ENOSYS));
  const compiled = rules.flatMap((rule) =>
    rule.calls.flatMap((call) => {
      const number = SYSCALLS[call][target.column];
      return number === null ? [] : compileRule(number, rule, counted);
    }),
  );
  return assemble([...start, ...compiled, returning(valueOf(otherwise, counted))]);
}

/** What the filter returns. */
function valueOf(action: FilterAction, counted: boolean): number {
  const value = RETURN[action];
  return counted && (value & ACTION) === ERRNO ? value - ERRNO + TRAP : value;
}

function compileRule(
  number: number,
  { when = [], action, quiet }: CallRule,
  counted: boolean,
): Instruction[] {
  // Built from the last condition to the first: one that does not hold skips those after it and the
  // action.
  const body = when.reduceRight(
    (rest, condition) => [...compileCondition(condition, rest.length), ...rest],
    [returning(valueOf(action, counted && quiet !== true))],
  );
  if (when.length > 0) body.push({ code: LOAD, k: OFFSET.number });
  return [{ code: JUMP_EQUAL, no: body.length, k: number }, ...body];
}

/** Goes on when the condition holds, else skips `distance` instructions. */
function compileCondition(condition: Condition, distance: number): Instruction[] {
  const load: Instruction = { code: LOAD, k: OFFSET.argument(condition.argument) };
  if ('anyOf' in condition) return [load, { code: JUMP_ANY_BIT, no: distance, k: condition.anyOf }];
  if ('noneSet' in condition)
    return [load, { code: JUMP_ANY_BIT, yes: distance, k: condition.noneSet }];
  if ('allOf' in condition)
    return [
      load,
      { code: AND, k: condition.allOf },
      { code: JUMP_EQUAL, no: distance, k: condition.allOf },
    ];
  if ('from' in condition)
    return [
      load,
      { code: JUMP_AT_LEAST, no: distance + 1, k: condition.from },
      { code: JUMP_AT_LEAST, yes: distance, k: condition.to + 1 },
    ];
  const isListed = 'oneOf' in condition;
  const values = isListed ? condition.oneOf : condition.noneOf;
  const narrow: Instruction[] =
    isListed && condition.within !== undefined ? [{ code: AND, k: condition.within }] : [];
  const tests = values.map((k, index): Instruction => {
    const left = values.length - 1 - index;
    return isListed
      ? { code: JUMP_EQUAL, yes: left, no: left === 0 ? distance : 0, k }
      : { code: JUMP_EQUAL, yes: left + distance, k };
  });
  return [load, ...narrow, ...tests];
}

function returning(k: number): Instruction {
  return { code: RETURN_CONSTANT, k };
}

function assemble(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(8 * program.length);
  program.forEach(({ code, yes = 0, no = 0, k }, index) => {
    bytes.writeUInt16LE(code, 8 * index);
    bytes.writeUInt8(yes, 8 * index + 2);
    bytes.writeUInt8(no, 8 * index + 3);
    bytes.writeUInt32LE(k >>> 0, 8 * index + 4);
  });
  return bytes;
}
