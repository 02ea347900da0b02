/** JSON from outside: nesting is bounded before anything is built, and bad text is a value. Pure; the caller bounds the length. */

/** Deepest accepted nesting. */
export const maximumDepth = 64

/** True when arrays and objects nest deeper than `limit`; strings are skipped. */
export const isDeeperThan = (text: string, limit: number): boolean => {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 34) {
      for (at++; at < text.length && text.charCodeAt(at) !== 34; at++) if (text.charCodeAt(at) === 92) at++
    } else if (code === 91 || code === 123) {
      if (++depth > limit) return true
    } else if (code === 93 || code === 125) depth--
  }
  return false
}

/** The value of a JSON text, `undefined` when it is none or nests too deep. */
export const parseJson = (text: string): unknown => {
  if (isDeeperThan(text, maximumDepth)) return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
