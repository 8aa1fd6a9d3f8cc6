import { SCHEDULE_CASES } from './schedule-cases.js';
import { testEffects } from './effects.js';

testEffects(SCHEDULE_CASES);
