/**
 * The used part of winston: of the transports, only the one to a stream. A separate bundle
 * (scripts/bundle) that log.ts loads.
 */
import createLogger from 'winston/lib/winston/create-logger.js';
import Stream from 'winston/lib/winston/transports/stream.js';
import printf from 'logform/printf.js';

export { createLogger, printf, Stream };
