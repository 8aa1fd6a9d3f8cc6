/** What the pages load: one style sheet, one script. Neither is made of anything else. */

export const STYLE = `:root {
  color-scheme: light dark;
  --text: #1c2024; --back: #fff; --dim: #5c6670; --edge: #d5dae0;
  --good: #19713a; --busy: #7a5600; --bad: #b3201c; --one: #1d5fb4; --two: #b0541a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e4e7ea; --back: #15181b; --dim: #9aa4ae; --edge: #353b42;
    --good: #5fce87; --busy: #e3b950; --bad: #ff8078; --one: #78b0ff; --two: #ffa66b;
  }
}
body { margin: 0 auto; max-width: 60rem; padding: 0 1rem 3rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); }
header { display: flex; justify-content: space-between; padding: .75rem 0; border-bottom: 1px solid var(--edge); }
a { color: var(--one); }
a:focus-visible { outline: 3px solid var(--one); outline-offset: 2px; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; }
h1 span { font-size: 1rem; font-weight: normal; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .4rem .5rem; text-align: left; border-bottom: 1px solid var(--edge); overflow-wrap: anywhere; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.good { color: var(--good); } .busy { color: var(--busy); } .bad { color: var(--bad); font-weight: bold; }
.good::before { content: "\\2713  "; } .busy::before { content: "\\2026  "; } .bad::before { content: "\\26A0  "; }
.remedy { border-left: 4px solid var(--busy); padding-left: .75rem; }
figure { margin: 1.5rem 0; } figcaption { font-weight: bold; }
svg { width: 100%; height: auto; display: block; border-left: 1px solid var(--edge); }
svg text { font-size: 12px; fill: var(--dim); }
polyline { fill: none; stroke: currentColor; stroke-width: 1.5; vector-effect: non-scaling-stroke; }
.axis { stroke: var(--edge); }
.line-0 { color: var(--one); } .line-1 { color: var(--two); }
.legend { font-weight: normal; margin-left: 1rem; }
.times { display: flex; justify-content: space-between; color: var(--dim); font-size: .85rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; } dt { color: var(--dim); }
dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } th:nth-child(n+5), td:nth-child(n+5) { display: none; } }
`;

/** Renews the page every 5 seconds; keys: j and k go through the instances, h leads to all. */
export const SCRIPT = `'use strict';
const main = document.querySelector('main');
async function renew() {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href, { cache: 'no-store' });
    const text = await answer.text();
    const fresh = new DOMParser().parseFromString(text, 'text/html').querySelector('main');
    if (fresh === null) return;
    const focused = document.activeElement?.getAttribute('href');
    main.replaceChildren(...fresh.childNodes);
    main.classList.remove('lost');
    if (focused) main.querySelector('a[href="' + CSS.escape(focused) + '"]')?.focus();
  } catch {
    document.title = 'no answer - clsync';
  }
}
setInterval(renew, 5000);
document.addEventListener('visibilitychange', renew);
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'h') location.href = '/';
  if (event.key !== 'j' && event.key !== 'k') return;
  const links = [...main.querySelectorAll('a')];
  const at = links.indexOf(document.activeElement);
  const next = at < 0 ? 0 : at + (event.key === 'j' ? 1 : -1);
  links[Math.max(0, Math.min(next, links.length - 1))]?.focus();
});
`;
