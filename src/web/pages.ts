/** The pages, made by the server: they work without a script, which only renews them. */
import { html } from 'hono/html';
import type { DestinationStatus, InstanceStatus } from '../shared/control-status.js';
import { ago, bytes, count, duration, rate } from '../shared/in-words.js';
import { chart } from './charts.js';
import type { Markup } from './charts.js';
import { healthOf } from './health.js';
import type { Seen } from './instances.js';

export function page(title: string, content: Markup): Markup {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="stylesheet" href="/style.css" />
        <link rel="icon" href="data:," />
        <script src="/script.js" defer></script>
      </head>
      <body>
        <header><a href="/" accesskey="h">clsync</a><a href="/metrics">metrics</a></header>
        <main>${content}</main>
      </body>
    </html>`;
}

export function overview(instances: readonly Seen[]): Markup {
  if (instances.length === 0)
    return html`<h1>No daemon</h1>
      <p>
        None has a socket in <code>/run/clsync</code> that this user may see. Start one with
        <code>--socket /run/clsync/NAME.sock</code>, and let this page in with
        <code>--socket-view GROUP</code>.
      </p>`;
  const bad = instances.filter((one) => healthOf(one.name, one.status).level === 'bad').length;
  return html`<h1>${bad === 0 ? 'All is well' : `${bad} of ${instances.length} need attention`}</h1>
    <table>
      <thead>
        <tr>
          <th>instance</th>
          <th>health</th>
          <th class="number">pending</th>
          <th class="number">paths/s</th>
          <th class="number">latency p95</th>
          <th>last sync</th>
        </tr>
      </thead>
      <tbody>
        ${instances.map(row)}
      </tbody>
    </table>`;
}

function row(one: Seen): Markup {
  const { name, status, past } = one;
  const { level, text } = healthOf(name, status);
  const { rates } = past;
  const last = status?.destinations.flatMap(({ lastSync }) => lastSync?.at ?? []).sort();
  return html`<tr>
    <th scope="row"><a href="/instance/${encodeURIComponent(name)}">${name}</a></th>
    <td><span class="${level}">${text}</span></td>
    <td class="number">${status?.pending ?? '-'}</td>
    <td class="number">${rate(rates?.paths)}</td>
    <td class="number">${rates?.p95 === undefined ? '-' : duration(rates.p95)}</td>
    <td>${last?.at(-1) === undefined ? '-' : ago(last.at(-1) ?? '', Date.now())}</td>
  </tr>`;
}

export function details(one: Seen): Markup {
  const { name, status, past, reason } = one;
  const health = healthOf(name, status);
  const course = past.course;
  const times = course.map(({ at }) => at);
  return html`<h1>${name} <span class="${health.level}">${health.text}</span></h1>
    ${health.remedy === '' ? '' : html`<p class="remedy">What to do: ${health.remedy}</p>`}
    ${status === undefined ? html`<p>${reason}</p>` : failures(name, status.destinations)}
    ${chart(
      'Pending paths',
      [{ name: 'pending', values: course.map(({ pending }) => pending) }],
      String,
      times,
    )}
    ${chart(
      'Latency: from a change until it is at the destination',
      [
        { name: 'median', values: course.map(({ p50 }) => p50) },
        { name: '95 %', values: course.map(({ p95 }) => p95) },
      ],
      duration,
      times,
    )}
    ${chart('Paths a second', [{ name: 'paths', values: course.map(({ paths }) => paths) }], rate, times)}
    ${status === undefined ? '' : facts(status)}`;
}

function failures(name: string, all: readonly DestinationStatus[]): Markup[] {
  return all.flatMap((to) => {
    const of = all.length > 1 ? ` of ${to.destination ?? to.name}` : '';
    const away =
      to.away === undefined ? [] : [html`<section class="now"><p>${to.away}</p></section>`];
    return [...away, failure(name, to, of)];
  });
}

function failure(name: string, { lastFailure, failing }: DestinationStatus, of: string): Markup {
  if (lastFailure === undefined) return html``;
  const { at, paths, reason, names, next } = lastFailure;
  return html`<section class="${failing > 0 ? 'now' : 'past'}">
    <h2>${failing > 0 ? 'Failing' : 'Last failure'}${of}</h2>
    <p>${ago(at, Date.now())}: ${count(paths, 'path', 'paths')}: ${reason}</p>
    ${names.length === 0 ? '' : html`<p>${names.map((path) => html`<code>${path}</code> `)}</p>`}
    <p class="remedy">
      ${next > 0 ? `Tried again after ${duration(next)}. ` : ''}What fails now:
      <code>clsync ctl --name ${name} queue</code>; once the reason is gone, at once:
      <code>clsync ctl --name ${name} flush</code>
    </p>
  </section>`;
}

function facts(status: InstanceStatus): Markup {
  const now = Date.now();
  const rows: [string, string][] = [
    ['source', status.source],
    ...status.destinations.flatMap((to): [string, string][] => [
      ['destination', to.destination ?? to.name],
      [
        'synced',
        `${count(to.syncs, 'time', 'times')}, ${count(to.paths, 'path', 'paths')}, ${count(to.failures, 'failure', 'failures')}`,
      ],
      ['last sync', to.lastSync === undefined ? 'none' : ago(to.lastSync.at, now)],
    ]),
    ['mode', `${status.mode}, monitor ${status.monitor}`],
    ['sandbox', status.sandbox],
    ['watched', count(status.directories, 'directory', 'directories')],
    ['overflows, rescans, restarts', `${status.overflows}, ${status.rescans}, ${status.restarts}`],
    [
      'running',
      `for ${ago(status.since, now).replace(/ ago$/, '')}, clsync ${status.clsync}, process ${status.pid}`,
    ],
    [
      'last error',
      status.lastError === undefined
        ? 'none'
        : `${ago(status.lastError.at, now)}: ${status.lastError.text}`,
    ],
    [
      'memory',
      status.processes
        .map(({ role, memory }) => `${role} ${memory === undefined ? '-' : bytes(memory)}`)
        .join(', '),
    ],
  ];
  return html`<dl>
    ${rows.map(
      ([name, text]) =>
        html`<dt>${name}</dt>
          <dd>${text}</dd>`,
    )}
  </dl>`;
}
