/** One thing that must hold of the public API. */
export interface Check {
  /** What is checked, by the name of its file or vector. */
  readonly name: string
  /** What is wrong; `undefined` when it holds. A throw is a failure too. */
  readonly run: () => string | undefined
}

/** What is wrong when two values should be equal as JSON. */
export const difference = (found: unknown, expected: unknown): string | undefined => {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)]
  if (a === b) return undefined
  let at = 0
  while (a?.[at] === b?.[at]) at++
  const around = (text: string | undefined) => (text ?? "nothing").slice(Math.max(0, at - 40), at + 60)
  return `expected …${around(b)}…, found …${around(a)}…`
}

/** A check that always fails: nobody knows how to check this. */
export const unknown = (name: string): Check => ({ name, run: () => "expected something this version can check" })
