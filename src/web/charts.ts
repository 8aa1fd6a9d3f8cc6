/** Small charts as SVG, drawn by the server. */
import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

export type Markup = HtmlEscapedString | Promise<HtmlEscapedString>;

const [WIDTH, HEIGHT] = [640, 80] as const;

export interface Line {
  readonly name: string;
  /** Undefined: there is none at that time. */
  readonly values: readonly (number | undefined)[];
}

/** @param shown how a value is written @param times milliseconds since 1970, one for each value */
export function chart(
  title: string,
  lines: readonly Line[],
  shown: (value: number) => string,
  times: readonly number[],
): Markup {
  const known = lines.flatMap(({ values }) => values.flatMap((value) => value ?? []));
  const most = known.reduce((highest, one) => Math.max(highest, one), 0);
  const last = lines.map(({ name, values }) => {
    const value = values.at(-1);
    return `${name}: ${value === undefined ? '-' : shown(value)}`;
  });
  const seconds = times.length < 2 ? 0 : ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000;
  const minutes = Math.round(seconds / 60);
  return html`<figure>
    <figcaption>
      ${title}
      <span class="legend"
        >${lines.map(({ name }, index) => html`<span class="line-${index}">${name}</span> `)}</span
      >
    </figcaption>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}, now ${last.join(', ')}">
      <line class="axis" x1="0" y1="${HEIGHT - 1}" x2="${WIDTH}" y2="${HEIGHT - 1}" />
      <text x="4" y="14">${shown(most)}</text>
      ${lines.map(({ values }, index) =>
        runs(values).map(
          (points) =>
            html`<polyline class="line-${index}" points="${path(points, values.length, most)}" />`,
        ),
      )}
    </svg>
    <div class="times"><span>${minutes} min ago</span><span>now (${last.join(', ')})</span></div>
  </figure>`;
}

type Point = readonly [index: number, value: number];

/** What is there without a gap; a single value is drawn as a short line. */
function runs(values: readonly (number | undefined)[]): Point[][] {
  const all: Point[][] = [];
  let isOpen = false;
  for (const [index, value] of values.entries()) {
    if (value === undefined) {
      isOpen = false;
      continue;
    }
    if (isOpen) all.at(-1)?.push([index, value]);
    else
      all.push([
        [index - 0.4, value],
        [index, value],
      ]);
    isOpen = true;
  }
  return all;
}

function path(points: readonly Point[], count: number, most: number): string {
  const x = (index: number): number => (Math.max(0, index) / Math.max(1, count - 1)) * WIDTH;
  const y = (value: number): number => HEIGHT - 2 - (value / (most || 1)) * (HEIGHT - 24);
  return points.map(([index, value]) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
}
