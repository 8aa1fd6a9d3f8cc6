/** What is served. Nothing can be changed: there are only requests to look. */
import { Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { SCRIPT, STYLE } from './assets.js';
import type { Seen } from './instances.js';
import { metricsText } from './metrics.js';
import { details, overview, page } from './pages.js';

export interface Shown {
  readonly all: readonly Seen[];
  find(name: string): Seen | undefined;
}

/** @param hosts what the header Host may say, without a port; undefined: anything */
export function application(shown: Shown, hosts: ReadonlySet<string> | undefined): Hono {
  const app = new Hono();
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        connectSrc: ["'self'"],
        imgSrc: ['data:'],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
      referrerPolicy: 'no-referrer',
      // Whether browsers come by TLS is for the server in front to say.
      strictTransportSecurity: false,
    }),
  );
  app.use(async (context, next) => {
    // Whoever gives a name of his own our address may not read us with a visitor's browser.
    if (hosts !== undefined && !hosts.has(hostIn(context.req.header('host') ?? '')))
      return context.text('Unknown host: name it with --host NAME\n', 421);
    if (!['GET', 'HEAD'].includes(context.req.method))
      return context.text('Only GET and HEAD\n', 405, { Allow: 'GET, HEAD' });
    context.header('Cache-Control', 'no-store');
    return next();
  });
  app.get('/', (context) => context.html(page('clsync', overview(shown.all))));
  app.get('/instance/:name', (context) => {
    const name = context.req.param('name');
    const found = shown.find(name);
    if (found === undefined) return context.notFound();
    return context.html(page(`${name} - clsync`, details(found)));
  });
  app.get('/metrics', async (context) => {
    const [type, text] = await metricsText(shown.all);
    return context.body(text, 200, { 'Content-Type': type });
  });
  app.get('/style.css', (context) => context.body(STYLE, 200, { 'Content-Type': 'text/css' }));
  app.get('/script.js', (context) =>
    context.body(SCRIPT, 200, { 'Content-Type': 'text/javascript' }),
  );
  app.notFound((context) => context.text('There is no such page\n', 404));
  return app;
}

/** Without the port, in small letters. */
export function hostIn(header: string): string {
  return header.toLowerCase().replace(/:\d+$/, '');
}
