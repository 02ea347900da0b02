/**
 * `order.*` and `previous.*`: what the actions before have come to, in texts and numbers of later ones. Everything else in such an action is of the
 * moment of the firing: whatever its templates read is read then and kept, and only the results are filled in later.
 */
import type { AssetId } from "../../domain/Asset.ts"
import * as Fixed from "../../domain/Fixed.ts"
import type { OrderStatus, Side } from "../../domain/Order.ts"
import type { Price } from "../../domain/Price.ts"
import type { Size } from "../../domain/Size.ts"
import type { Kind, Outcome, Variable, Vocabulary } from "./Expression.ts"
import type { Scope } from "./Scope.ts"

/** What became of an order, as far as it is known when the next action wants to know. */
export interface OrderResult {
  /** Absent when it never became an order. */
  readonly id: string | undefined
  readonly status: OrderStatus
  readonly assetId: AssetId | undefined
  readonly side: Side | undefined
  /** As ordered. */
  readonly price: Price | undefined
  readonly size: Size | undefined
  readonly filled: Size
  /** pUSD per share paid or got on average; absent when nothing was filled. */
  readonly average: Fixed.Fixed | undefined
  /** Why it was refused, rejected or canceled. */
  readonly reason: string | undefined
}

/** What became of an action. */
export interface ActionResult {
  readonly type: "notification" | "order" | "webhook"
  /** Why it failed; absent: it did not. */
  readonly error: string | undefined
  /** How a called host answered. */
  readonly httpStatus: number | undefined
  /** Of an action that places an order. */
  readonly order: OrderResult | undefined
}

/** What an action may look back at: the action before, and the last order before. */
export interface Results {
  readonly previous: ActionResult | undefined
  readonly order: OrderResult | undefined
}

/** Nothing has been done yet. */
export const noResults: Results = { previous: undefined, order: undefined }

/** What the next action may look back at once one has been done. */
export const after = (results: Results, result: ActionResult): Results => ({
  previous: result,
  order: result.order ?? results.order
})

/** What became of an order that never was one. */
export const refusedOrder = (reason: string): OrderResult => ({
  id: undefined,
  status: "refused",
  assetId: undefined,
  side: undefined,
  price: undefined,
  size: undefined,
  filled: 0 as Size,
  average: undefined,
  reason
})

type ReadOf<A> = (result: A) => Outcome

const micro = (value: number | undefined): Outcome => (value === undefined ? undefined : Fixed.fromMicro(value))

const ofOrder: Readonly<Record<string, readonly [Kind, ReadOf<OrderResult>]>> = {
  id: ["text", ({ id }) => id],
  status: ["text", ({ status }) => status],
  asset: ["text", ({ assetId }) => assetId],
  side: ["text", ({ side }) => side],
  price: ["number", ({ price }) => micro(price)],
  size: ["number", ({ size }) => micro(size)],
  filled: ["number", ({ filled }) => micro(filled)],
  average: ["number", ({ average }) => average],
  reason: ["text", ({ reason }) => reason]
}

const ofPrevious: Readonly<Record<string, readonly [Kind, ReadOf<ActionResult>]>> = {
  type: ["text", ({ type }) => type],
  ok: ["boolean", ({ error }) => error === undefined],
  status: ["text", ({ error }) => (error === undefined ? "ok" : "failed")],
  error: ["text", ({ error }) => error],
  http_status: ["number", ({ httpStatus }) => httpStatus === undefined ? undefined : Fixed.fromInteger(httpStatus)]
}

const variables = new Map<string, Variable<Scope>>([
  ...Object.entries(ofOrder).map(([name, [kind, read]]) =>
    [`order.${name}`, { kind, run: ({ results }: Scope) => results?.order && read(results.order) }] as const
  ),
  ...Object.entries(ofPrevious).map(([name, [kind, read]]) =>
    [`previous.${name}`, { kind, run: ({ results }: Scope) => results?.previous && read(results.previous) }] as const
  )
])

/** What stands before an action. */
export interface Before {
  /** Whether it is the first. */
  readonly isFirst: boolean
  readonly hasOrder: boolean
}

/** The words of one action: those of `base`, kept as they were at the firing, and the results it may look back at. */
export const wordsOf = (base: Vocabulary<Scope>, before: Before): Words =>
  before.isFirst ? wordsOfFirst(base) : wordsAfter(base, before)

/** The words of an action, and what those that were used say of it. */
interface Words {
  readonly vocabulary: Vocabulary<Scope>
  /** Whether it reads a result. */
  readonly looksBack: () => boolean
  readonly looksAtOrder: () => boolean
  /** Everything else it reads, as it is now. */
  readonly keep: (scope: Scope) => ReadonlyMap<string, Outcome>
}

/** Before the first action nothing has been done, and its words are the policy's. */
const wordsOfFirst = (vocabulary: Vocabulary<Scope>): Words => ({
  vocabulary,
  looksBack: no,
  looksAtOrder: no,
  keep: nothingKept
})

const no = (): boolean => false

const nothingKept = (): ReadonlyMap<string, Outcome> => new Map()

const wordsAfter = (base: Vocabulary<Scope>, before: Before): Words => {
  const kept = new Map<string, Variable<Scope>["run"]>()
  const known = [...variables.keys()].filter((name) => name.startsWith("order.") ? before.hasOrder : !before.isFirst)
  let looksBack = false
  let looksAtOrder = false
  const keep = (name: string, variable: Variable<Scope> | undefined): Variable<Scope> | undefined => {
    if (variable === undefined) return undefined
    kept.set(name, variable.run)
    return keptOf(name, variable)
  }
  const vocabulary: Vocabulary<Scope> = {
    variable: (path) => {
      const result = known.includes(path) ? variables.get(path) : undefined
      if (result === undefined) return keep(path, base.variable(path))
      looksBack = true
      if (path.startsWith("order.")) looksAtOrder = true
      return result
    },
    lookUp: (name, asset) => keep(`${name}(${asset ?? ""})`, base.lookUp(name, asset)),
    names: [...base.names, ...known]
  }
  return {
    vocabulary,
    looksBack: () => looksBack,
    looksAtOrder: () => looksAtOrder,
    keep: (scope: Scope): ReadonlyMap<string, Outcome> => new Map([...kept].map(([name, run]) => [name, run(scope)]))
  }
}

/** A word as it was at the firing. Keeps nothing of its action. */
const keptOf = (name: string, { kind, run }: Variable<Scope>): Variable<Scope> => ({
  kind,
  run: (scope) => scope.kept === undefined ? run(scope) : scope.kept.get(name)
})

/** Why a result cannot be read there, for people; the message as it is when it is about something else. */
export const problemOf = (message: string, { hasOrder, isFirst }: Before): string => {
  const name = /"((?:order|previous)\.\w+)"/.exec(message)?.[1]
  if (name === undefined || !variables.has(name)) return message
  if (name.startsWith("order.") && !hasOrder) return `${name} is of an order that is placed before, and none is`
  return name.startsWith("previous.") && isFirst ? `${name} is of the action before, and this is the first` : message
}

/** Why a place that decides about an asset cannot read a result; the message as it is when it is about something else. */
export const problemOfAsset = (message: string): string => {
  const name = /"((?:order|previous)\.\w+)"/.exec(message)?.[1]
  return name !== undefined && variables.has(name)
    ? `${name} cannot choose an asset or a market: write it out`
    : message
}
