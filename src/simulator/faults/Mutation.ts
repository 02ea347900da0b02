/** Damaged messages: real ones, changed by a seeded hand so that they are no JSON any more or hold a value of another kind. */
import { parseJson } from "../Http.ts"
import type { Seeded } from "../Seeded.ts"

/** What is damaged: the text, a value in it, or either. */
export type Damage = "syntax" | "shape" | "any"

/** Damages a message; never the same text, and for "syntax" never JSON. */
export const mutate = (text: string, how: Damage, random: Seeded): string => {
  if (how === "shape" || (how === "any" && random.chance(0.5))) {
    const shaped = reshape(text, random)
    if (shaped !== undefined) return shaped
  }
  const at = random.between(0, Math.max(0, text.length - 1))
  const broken = [
    () => text.slice(0, at),
    () => `${text.slice(0, at)}\u0000${text.slice(at)}`,
    () => `${text.slice(0, at)}${text.slice(at + random.between(1, 8))}`,
    () => `${text}${text.slice(at)}`,
    () => text.replaceAll(":", "=")
  ][random.between(0, 4)] as () => string
  const damaged = broken()
  return parseJson(damaged) === undefined ? damaged : `${text.slice(0, at)}\u0000`
}

/** Fields that readers rely on. */
const known = new Set([
  "event_type",
  "asset_id",
  "market",
  "price",
  "size",
  "side",
  "hash",
  "bids",
  "asks",
  "price_changes",
  "timestamp",
  "payload",
  "value",
  "symbol",
  "topic",
  "type",
  "channel",
  "id",
  "status",
  "slug"
])

const others: ReadonlyArray<unknown> = [null, {}, [], true, -1, 1e300, "", "NaN", "-0.5", "1e9", [[[[]]]], { a: null }]

/** Puts a value of another kind in the place of a known one. */
const reshape = (text: string, random: Seeded): string | undefined => {
  const value = parseJson(text)
  const places: Array<{ readonly holder: { [key: string]: unknown }; readonly key: string }> = []
  const look = (one: unknown): void => {
    if (typeof one !== "object" || one === null) return
    for (const [key, inner] of Object.entries(one)) {
      if (known.has(key)) places.push({ holder: one as { [key: string]: unknown }, key })
      look(inner)
    }
  }
  look(value)
  const place = places[random.between(0, places.length - 1)]
  if (place === undefined) return undefined
  const { holder, key } = place
  const other = others[random.between(0, others.length - 1)]
  if (random.chance(0.25)) delete holder[key]
  else holder[key] = JSON.stringify(other) === JSON.stringify(holder[key]) ? { other } : other
  return JSON.stringify(value)
}
