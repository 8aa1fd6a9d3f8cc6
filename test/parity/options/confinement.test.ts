import { CONFINEMENT_CASES } from './confinement-cases.js';
import { testEffects } from './effects.js';

testEffects(CONFINEMENT_CASES);
