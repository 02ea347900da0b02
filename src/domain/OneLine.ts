/** Text from outside, made fit for one line of a log or a table. */

const longest = 2_048

/** One record, one line: control and direction characters made visible, cut at 2 KiB. */
export const oneLine = (text: string): string =>
  text.slice(0, longest).replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`
  )
