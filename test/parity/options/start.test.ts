import { START_CASES } from './start-cases.js';
import { testEffects } from './effects.js';

testEffects(START_CASES);
