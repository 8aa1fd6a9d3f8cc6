/**
 * Makes a picture (SVG) of a terminal: standard input is what `tmux capture-pane -e -p` prints.
 * scripts/pictures uses it.
 */
import { readFileSync } from 'node:fs';

/** Of a letter in a font of fixed width, in pixels; and around all. */
const [WIDTH, HEIGHT, EDGE] = [8, 18, 12] as const;
const [GROUND, INK] = ['#15181b', '#d8dee4'] as const;
/** By the number that selects the colour: see ECMA-48, and src/master/ctl/colours.ts. */
const INKS: Readonly<Record<string, string>> = { 31: '#ff7b72', 32: '#7ee787', 33: '#e3b341' };

interface Pen {
  readonly ink: string;
  readonly isBold: boolean;
  readonly isReversed: boolean;
}

const PLAIN: Pen = { ink: INK, isBold: false, isReversed: false };

function changed(pen: Pen, code: string): Pen {
  if (code === '' || code === '0') return PLAIN;
  if (code === '1') return { ...pen, isBold: true };
  if (code === '7') return { ...pen, isReversed: true };
  return { ...pen, ink: code === '39' ? INK : (INKS[code] ?? pen.ink) };
}

function escaped(text: string): string {
  // Of several blanks a browser would leave one.
  const kept = text.replaceAll(' ', '\u00a0');
  return kept.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function drawn(text: string, column: number, row: number, pen: Pen): string {
  const [x, y] = [EDGE + column * WIDTH, EDGE + row * HEIGHT];
  const length = Array.from(text).length * WIDTH;
  const ground = pen.isReversed
    ? `<rect x="${x}" y="${y}" width="${length}" height="${HEIGHT}" fill="${pen.ink}"/>`
    : '';
  const weight = pen.isBold ? ' font-weight="bold"' : '';
  return (
    `${ground}<text x="${x}" y="${y + HEIGHT * 0.75}" textLength="${length}" ` +
    `fill="${pen.isReversed ? GROUND : pen.ink}"${weight}>${escaped(text)}</text>`
  );
}

function pictured(lines: readonly string[]): string {
  const parts: string[] = [];
  let columns = 0;
  let pen = PLAIN;
  for (const [row, line] of lines.entries()) {
    let column = 0;
    for (const [, codes, text = ''] of line.matchAll(/\x1b\[([\d;]*)m|([^\x1b]+)/g)) {
      if (codes !== undefined) pen = codes.split(';').reduce(changed, pen);
      else if (pen.isReversed || text.trim() !== '') parts.push(drawn(text, column, row, pen));
      column += Array.from(text).length;
    }
    columns = Math.max(columns, column);
  }
  const [width, height] = [columns * WIDTH + 2 * EDGE, lines.length * HEIGHT + 2 * EDGE];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" ` +
    `height="${height}" font-family="monospace" font-size="13">\n` +
    `<rect width="100%" height="100%" rx="8" fill="${GROUND}"/>\n${parts.join('\n')}\n</svg>\n`
  );
}

process.stdout.write(pictured(readFileSync(0, 'utf8').trimEnd().split('\n')));
