import { CONTENT_CASES } from './content-cases.js';
import { testEffects } from './effects.js';

testEffects(CONTENT_CASES);
