#!/usr/bin/env node
/**
 * What scripts/bundle makes the `main.js` of each program of `dist/roles/` from: it runs the
 * program beside it.
 */
import { run } from './compiled-program.js';

declare const DIGEST: string;

run(__dirname, DIGEST, require, module);
