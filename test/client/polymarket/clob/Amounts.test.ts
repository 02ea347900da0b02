import { describe, it } from "@effect/vitest"
import { Random } from "effect"
import { agreeFor } from "./AmountsLaw.ts"

describe("Amounts", () => {
  it.effect(
    "ORD-9 integers and the client's doubles give what rationals give",
    () => agreeFor(50_000).pipe(Random.withSeed("amounts")),
    120_000
  )
})
