/** Words that wire schemas share. */
import { Schema } from "effect"

/** A field that may be absent or null. */
export const maybe = <S extends Schema.Constraint>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))

/** A number that some routes send as text. */
export const NumberOrText = Schema.Union([Schema.Finite, Schema.String])
