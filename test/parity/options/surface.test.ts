import { SURFACE_CASES } from './surface-cases.js';
import { testEffects } from './effects.js';

testEffects(SURFACE_CASES);
