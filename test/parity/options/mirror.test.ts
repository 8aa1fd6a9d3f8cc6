import { testEffects } from './effects.js';
import { MIRROR_CASES } from './mirror-cases.js';

testEffects(MIRROR_CASES);
