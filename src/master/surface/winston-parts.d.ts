/** Parts of winston that have no type declarations of their own. */
declare module 'winston/lib/winston/create-logger.js' {
  import type { createLogger } from 'winston';
  const create: typeof createLogger;
  export default create;
}
declare module 'winston/lib/winston/transports/stream.js' {
  import type { transports } from 'winston';
  const Stream: typeof transports.Stream;
  export default Stream;
}
declare module 'logform/printf.js' {
  import type { format } from 'winston';
  const printf: typeof format.printf;
  export default printf;
}
