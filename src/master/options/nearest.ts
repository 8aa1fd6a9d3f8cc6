/** What a misspelt word may have meant. Pure. */

/**
 * The one of `words` that begins with `name`, or else is most similar to it; undefined when none is
 * similar.
 */
export function nearestOf<W extends string>(name: string, words: readonly W[]): W | undefined {
  const longer = name === '' ? undefined : words.find((word) => word.startsWith(name));
  if (longer !== undefined) return longer;
  let best: W | undefined;
  // Of a short word, something must be left.
  let least = Math.min(Math.max(2, Math.floor(name.length * 0.4)), Math.floor(name.length / 2)) + 1;
  for (const candidate of words) {
    const distance = editDistance(name, candidate);
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** The Levenshtein distance: insertions, deletions and replacements. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[j] as number) + 1, (current[j - 1] as number) + 1));
    }
    previous = current;
  }
  return previous[b.length] as number;
}
