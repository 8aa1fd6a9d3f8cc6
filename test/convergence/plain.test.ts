/** Source and destination become equal after random changes by two writers. */
import { testSuites } from './suite.js';

testSuites('rsyncdirect', ['plain']);
