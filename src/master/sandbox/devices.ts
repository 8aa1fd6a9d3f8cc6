/**
 * `--forbid-devices`: the devices that may be opened, as rows for the devices controller of control
 * groups version 1, and as a BPF program for version 2, which has no such controller. Device nodes
 * may still be made, because a mirror needs them.
 */

interface Device {
  readonly major: number;
  readonly minor: number;
  readonly access: 'r' | 'w' | 'rw';
}

/** Character devices that programs read random numbers from or write output to. */
const DEVICES: readonly Device[] = [
  { major: 1, minor: 3, access: 'w' }, // null
  { major: 1, minor: 5, access: 'r' }, // zero
  { major: 1, minor: 8, access: 'r' }, // random
  { major: 1, minor: 9, access: 'r' }, // urandom
  { major: 5, minor: 1, access: 'rw' }, // console
];

/** Lines for `devices.allow`, written after everything is denied. */
export const DEVICE_ROWS: readonly string[] = [
  'c *:* m',
  'b *:* m',
  ...DEVICES.map(({ major, minor, access }) => `c ${major}:${minor} ${access}`),
];

/**
 * BPF_DEVCG_* of <linux/bpf.h>. `struct bpf_cgroup_dev_ctx` holds the access (upper half) and the
 * type in one word, then the device's numbers.
 */
const ACCESS = { mknod: 1, r: 2, w: 4, rw: 6 } as const;
const CHARACTER = 2;
const FIELD = { access: 0, major: 4, minor: 8 } as const;

/** Instructions of <linux/bpf.h>: 64 bits wide, `K` with a number, `X` with a register. */
const CODE = {
  load32: 0x61,
  moveX: 0xbf,
  moveK: 0xb7,
  andK: 0x57,
  shiftRightK: 0x77,
  jumpUnlessEqualK: 0x55,
  jumpUnlessAnyK: 0x45,
  exit: 0x95,
} as const;
const [RESULT, CONTEXT, TYPE, MAJOR, MINOR, WANTED] = [0, 1, 2, 3, 4, 5];

/** The BPF program: returns 1 when the access is allowed, else 0. */
export function deviceProgram(): Buffer {
  const allow = [instruction('moveK', { to: RESULT, number: 1 }), instruction('exit')];
  const skipping = (
    condition: (distance: number) => Buffer,
    skipped: readonly Buffer[],
  ): Buffer[] => [condition(skipped.length), ...skipped];
  const unless = (register: number, number: number) => (distance: number) =>
    instruction('jumpUnlessEqualK', { to: register, number, distance });
  const wantsOther = (access: number) => (distance: number) =>
    instruction('jumpUnlessAnyK', { to: WANTED, number: ~access, distance });
  const rows = DEVICES.flatMap(({ major, minor, access }) =>
    skipping(
      unless(MAJOR, major),
      skipping(unless(MINOR, minor), skipping(wantsOther(ACCESS[access]), allow)),
    ),
  );
  return Buffer.concat([
    instruction('load32', { to: TYPE, from: CONTEXT, distance: FIELD.access }),
    instruction('load32', { to: MAJOR, from: CONTEXT, distance: FIELD.major }),
    instruction('load32', { to: MINOR, from: CONTEXT, distance: FIELD.minor }),
    instruction('moveX', { to: WANTED, from: TYPE }),
    instruction('shiftRightK', { to: WANTED, number: 16 }),
    instruction('andK', { to: TYPE, number: 0xffff }),
    ...skipping(unless(WANTED, ACCESS.mknod), allow),
    ...skipping(unless(TYPE, CHARACTER), rows),
    instruction('moveK', { to: RESULT, number: 0 }),
    instruction('exit'),
  ]);
}

interface Operands {
  readonly to?: number;
  readonly from?: number;
  /** Bytes of a field, or instructions to skip. */
  readonly distance?: number;
  readonly number?: number;
}

function instruction(
  code: keyof typeof CODE,
  { to = 0, from = 0, distance = 0, number = 0 }: Operands = {},
): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt8(CODE[code], 0);
  bytes.writeUInt8(to | (from << 4), 1);
  bytes.writeInt16LE(distance, 2);
  bytes.writeInt32LE(number, 4);
  return bytes;
}
