/**
 * Source and destination become equal although roles are killed, or the kernel's queue overflows.
 */
import { testSuites } from './suite.js';

testSuites('rsyncdirect', ['kill', 'overflow']);
