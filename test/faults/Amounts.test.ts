import { describe, it } from "@effect/vitest"
import { Random } from "effect"
import { agreeFor } from "../client/polymarket/clob/AmountsLaw.ts"

describe("Amounts", () => {
  it.effect(
    "ORD-9 a million orders: integers and the client's doubles give what rationals give",
    () => agreeFor(1_000_000).pipe(Random.withSeed("a million amounts")),
    600_000
  )
})
