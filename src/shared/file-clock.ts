/**
 * Milliseconds by which a file's timestamps may lie before the change: the kernel takes them from a
 * clock that advances in ticks (CONFIG_HZ is 100 or more), and later still on a virtual machine
 * that was not scheduled. TICK of src/native/watch/look-place.c is the same.
 */
export const TICK = 50;
