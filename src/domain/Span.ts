/** Lengths of time as people write them: "500ms", "30s", "5m", "1h", "1d". In milliseconds once read. */
import { Schema, SchemaGetter } from "effect"

const units: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Reads a length of time into ms; `undefined` when it is not a whole number with one of the units. */
export const fromText = (text: string): number | undefined => {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text.trim())
  return match === null ? undefined : Number(match[1]) * (units[match[2] ?? ""] ?? 0)
}

/** Writes ms in the largest unit that divides it. */
export const toText = (ms: number): string => {
  const name = ["d", "h", "m", "s"].find((unit) => ms > 0 && ms % (units[unit] as number) === 0) ?? "ms"
  return `${ms / (units[name] as number)}${name}`
}

/** A length of time in ms, written as text. */
export const Span = Schema.String.check(
  Schema.makeFilter((text) =>
    fromText(text) !== undefined ||
    `expected a length of time such as "500ms", "30s", "5m", "1h" or "1d", found ${JSON.stringify(text)}`, {
    toJsonSchema: () => ({ pattern: "^\\d{1,9}(ms|s|m|h|d)$" })
  })
).pipe(
  Schema.decodeTo(Schema.Int, {
    decode: SchemaGetter.transform((text: string) => fromText(text) ?? 0),
    encode: SchemaGetter.transform(toText)
  })
)
