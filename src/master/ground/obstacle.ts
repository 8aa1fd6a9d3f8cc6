import { ClsyncError } from '../../shared/errors.js';

/** Why a place cannot be used now. */
export class Obstacle extends ClsyncError {}
