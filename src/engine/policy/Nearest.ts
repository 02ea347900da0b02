/** Finds the name somebody probably meant. */

/**
 * The nearest of `names` by edits, if it is near enough to be a slip of the pen: at most `most` edits, by default one for three letters. Large and small
 * letters are the same.
 */
export const nearest = (
  word: string,
  names: Iterable<string>,
  most = Math.max(1, Math.floor(word.length / 3))
): string | undefined => {
  const written = word.toLowerCase()
  let best: string | undefined
  let least = most + 1
  for (const name of names) {
    // Every letter more or less is an edit.
    if (Math.abs(word.length - name.length) >= least) continue
    const edits = distance(written, name.toLowerCase(), least)
    if (edits < least) {
      least = edits
      best = name
    }
  }
  return best
}

/** A guess as the end of a message. */
export const didYouMean = (
  guess: string | undefined
): string => (guess === undefined ? "" : `; did you mean "${guess}"?`)

/** Letters to insert, delete, replace or swap with their neighbour; `enough` when there are as many or more. */
const distance = (a: string, b: string, enough: number): number => {
  let beforePrevious: Array<number> = []
  let previous = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    let fewest = i
    for (let j = 1; j <= b.length; j++) {
      let edits = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      if (i > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        edits = Math.min(edits, (beforePrevious[j - 2] as number) + 1)
      }
      edits = Math.min(edits, (previous[j] as number) + 1, (current[j - 1] as number) + 1)
      current.push(edits)
      if (edits < fewest) fewest = edits
    }
    // A swap looks two rows back.
    if (fewest > enough) return enough
    beforePrevious = previous
    previous = current
  }
  return previous[b.length] as number
}
