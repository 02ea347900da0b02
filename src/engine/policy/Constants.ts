/** What is written out in policies, where it can be seen before anything happens that it can never be right. */
import { Result } from "effect"
import * as Fixed from "../../domain/Fixed.ts"
import { textFields } from "./Fields.ts"
import { didYouMean, nearest } from "./Nearest.ts"
import { numberOf, type OrderTerms } from "./Policy.ts"
import type { Value } from "./SourceFacts.ts"

/** What a field is compared with, or why the field can never be that. */
export const constantOf = (field: string, written: string | number | boolean): Result.Result<Value, string> => {
  const found = JSON.stringify(written)
  const texts = textFields.get(field)
  if (texts === undefined) {
    const number = numberOf(written)
    return number === undefined
      ? Result.fail(`expected a number for ${field}, found ${found}`)
      : Result.succeed(number)
  }
  const text = String(written)
  if (texts.includes(text)) return Result.succeed(text)
  const expected = texts.map((one) => JSON.stringify(one)).join(" | ")
  return Result.fail(`expected ${expected} for ${field}, found ${found}${didYouMean(nearest(text, texts))}`)
}

/** A key of an order whose value is none. */
interface WrongTerm {
  readonly key: "price" | "size" | "amount" | "close"
  readonly message: string
}

/** What an order says that no order can be. Templates are not judged. */
export const wrongTerms = (terms: OrderTerms): ReadonlyArray<WrongTerm> => {
  const wrong: Array<WrongTerm> = []
  const judge = (key: WrongTerm["key"], expected: string, isRight: (value: Fixed.Fixed) => boolean) => {
    const written = terms[key]
    const value = written === undefined ? undefined : numberOf(String(written).replace(/%$/, ""))
    if (value === undefined || isRight(value)) return
    wrong.push({ key, message: `expected ${expected}, found ${JSON.stringify(written)}` })
  }
  if (terms.type === "limit") {
    judge("price", "a price above 0 and below 1", (price) => price > 0n && price < Fixed.one)
  }
  for (const key of ["size", "amount"] as const) judge(key, "more than 0", (value) => value > 0n)
  judge("close", "more than 0%", (share) => share > 0n)
  return wrong
}
