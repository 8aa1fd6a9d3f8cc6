/**
 * Milliseconds by which a file's times may lie before what happened: the kernel takes them from a
 * clock that moves in ticks (CONFIG_HZ is 100 or more), later still on a virtual machine that was
 * not scheduled. TICK of src/native/watch/look-place.c is the same.
 */
export const TICK = 50;
