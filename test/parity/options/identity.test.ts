import { IDENTITY_CASES } from './identity-cases.js';
import { testEffects } from './effects.js';

testEffects(IDENTITY_CASES);
