/**
 * Mode mirror: source and destination become equal, with attributes, ACLs, holes and devices, after
 * random changes, also beside kills and overflows.
 */
import { testSuites } from './suite.js';

testSuites('mirror', ['plain', 'kill', 'overflow']);
