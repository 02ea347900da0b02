/**
 * Whether a text is HTML of the kind Telegram reads: its tags, closed in their order. "BTC < 80K" is none. Pure.
 *
 * @see https://core.telegram.org/bots/api#html-style
 */

const tagNames: ReadonlySet<string> = new Set(
  "a b blockquote code del em i ins pre s span strike strong tg-emoji tg-spoiler u".split(" ")
)

const tag = /<(\/?)([a-z][a-z-]*)((?:\s+[a-z-]+(?:="[^"<>]*")?)*)\s*>/y

/** True when every `<` begins or ends a tag that Telegram knows. */
export const isTelegramMarkup = (text: string): boolean => {
  const open: Array<string> = []
  for (let at = text.indexOf("<"); at >= 0; at = text.indexOf("<", at + 1)) {
    tag.lastIndex = at
    const [, slash, name = "", attributes] = tag.exec(text) ?? []
    if (!tagNames.has(name)) return false
    if (slash === "") open.push(name)
    else if (attributes !== "" || open.pop() !== name) return false
  }
  return open.length === 0
}
