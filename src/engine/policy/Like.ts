/** Texts with `*` in them, which stands for any text. Takes each part where it comes first and never tries again: no pattern is slow. */

/** True when a text has the pattern's parts in their order; `*` stands for any text. */
export const isLike = (pattern: string, text: string): boolean => {
  const [first = "", ...rest] = pattern.split("*")
  const last = rest.pop()
  if (last === undefined) return pattern === text
  if (!text.startsWith(first)) return false
  let from = first.length
  for (const part of rest) {
    const at = text.indexOf(part, from)
    if (at < 0) return false
    from = at + part.length
  }
  return text.length - last.length >= from && text.endsWith(last)
}
