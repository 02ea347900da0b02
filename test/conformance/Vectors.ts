/** Golden vectors of the official client, section by section. */
import { hashOf } from "../../src/index.ts"
import * as Accounts from "./Accounts.ts"
import { type Check, difference, unknown } from "./Check.ts"
import * as Orders from "./Orders.ts"

interface BookHashVector {
  readonly id: string
  readonly book: Readonly<Record<string, unknown>>
  readonly hash?: string
  readonly expected?: string | { readonly hash: string }
  readonly venueHash?: string
}

const expectedHash = (vector: BookHashVector): string | undefined =>
  vector.venueHash ?? vector.hash ?? (typeof vector.expected === "string" ? vector.expected : vector.expected?.hash)

type File = Readonly<Record<string, unknown>>

/** The check of a vector; some refer to others of their file. */
const sections: Readonly<Record<string, (vector: never, file: File) => Check>> = {
  orders: Orders.order,
  orderErrors: Orders.orderError,
  batches: Orders.batch,
  requests: Accounts.request,
  l1: Accounts.level1,
  l2: Accounts.level2,
  marketPrices: Accounts.priceOf,
  feeAdjustments: Accounts.feeAdjustment,
  bookHashes: (vector: BookHashVector) => ({
    name: `vectors.json bookHashes ${vector.id}`,
    run: () => difference(hashOf(JSON.stringify(vector.book)), expectedHash(vector))
  })
}

/** Parts that say where the vectors come from. */
const notes = new Set(["about", "generatedWith"])

/** The checks of a vectors file. A section that nobody knows fails by name, vector by vector. */
export const vectors = (file: File): ReadonlyArray<Check> =>
  Object.entries(file).filter(([name]) => !notes.has(name)).flatMap(([name, content]) => {
    if (name === "walletDerivation") return Accounts.derivations(content as never)
    const items: ReadonlyArray<unknown> = Array.isArray(content) ? content : [content]
    const check = Object.hasOwn(sections, name) ? sections[name] : undefined
    return items.map((item, at) => {
      const id = typeof item === "object" && item !== null && "id" in item ? String(item.id) : String(at)
      return check === undefined ? unknown(`vectors.json ${name} ${id}`) : check(item as never, file)
    })
  })
