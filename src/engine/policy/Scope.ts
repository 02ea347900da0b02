/** What expressions and templates of policies can read: the event, the policy, the position, the clock, and any field by name. */
import { Schema } from "effect"
import { AssetId } from "../../domain/Asset.ts"
import * as Fixed from "../../domain/Fixed.ts"
import { assetOf } from "../MarketEvent.ts"
import type { MarketEvent } from "../MarketEvent.ts"
import type { Kind, Outcome, Variable, Vocabulary } from "./Expression.ts"
import type { Facts } from "./Facts.ts"
import { fields, modeField, textFields } from "./Fields.ts"
import { nearest } from "./Nearest.ts"
import type { Results } from "./Results.ts"

/** The moment an expression is read in. */
export interface Scope {
  readonly facts: Facts
  readonly event: MarketEvent
  /** What `event.*` speaks of when a tick completed the conditions: the last event that entered them; absent: the event itself. */
  readonly told?: MarketEvent | undefined
  /** The asset the policy speaks of now. */
  readonly assetId: AssetId | undefined
  readonly policy: { readonly id: string; readonly name: string }
  /** What was read at the firing, for an action that is filled in later; absent: read now. */
  readonly kept?: ReadonlyMap<string, Outcome>
  /** What the actions before have come to; there for an action that is filled in later. */
  readonly results?: Results
}

type Read = (scope: Scope) => Outcome

const toldIn = ({ event, told }: Scope): MarketEvent => told ?? event

/** What the event's source says of its asset; of another asset, or where it says nothing, the primary's word. */
const fact = (field: string): Read => (scope) => {
  const { assetId, facts } = scope
  if (assetId === undefined) return undefined
  const event = toldIn(scope)
  const own = assetOf(event) === assetId ? facts.value(field, assetId, event.source) : undefined
  return own ?? facts.value(field, assetId)
}

const own = (key: string): Read => (scope) => {
  const event = toldIn(scope)
  return "assetId" in event && event.assetId === scope.assetId ? eventValue(event, key) : undefined
}

const eventValue = (event: MarketEvent, key: string): Outcome => {
  if (event._tag === "Trade") {
    if (key === "price") return Fixed.fromMicro(event.price)
    if (key === "size") return Fixed.fromMicro(event.size)
    if (key === "side") return event.side
  }
  return undefined
}

const either = (first: Read, second: Read): Read => (scope) => first(scope) ?? second(scope)

const variables = new Map<string, readonly [Kind, Read]>([
  ["event.asset", ["text", ({ assetId }) => assetId]],
  ["event.market", ["text", ({ assetId, facts }) => assetId === undefined ? undefined : facts.market(assetId)?.slug]],
  ["event.question", [
    "text",
    ({ assetId, facts }) => assetId === undefined ? undefined : facts.market(assetId)?.question
  ]],
  ["event.outcome", ["text", ({ assetId, facts }) =>
    assetId === undefined
      ? undefined
      : facts.market(assetId)?.outcomes.find((outcome) => outcome.assetId === assetId)?.name]],
  ["event.price", ["number", either(own("price"), fact("price"))]],
  ["event.bid", ["number", fact("bid")]],
  ["event.ask", ["number", fact("ask")]],
  ["event.size", ["number", either(own("size"), fact("trade_size"))]],
  ["event.side", ["text", either(own("side"), fact("trade_side"))]],
  ["event.time", ["number", (scope) => Fixed.fromInteger(toldIn(scope).time)]],
  ["event.source", ["text", (scope) => toldIn(scope).source]],
  ["policy.id", ["text", ({ policy }) => policy.id]],
  ["policy.name", ["text", ({ policy }) => policy.name]],
  ["position.size", ["number", fact("position")]],
  ["position.avg_price", ["number", fact("avg_price")]],
  ["position.unrealized_pnl", ["number", fact("unrealized_pnl")]],
  ["now", ["number", ({ facts }) => Fixed.fromInteger(facts.now)]]
])

/** The kind of value a field holds. */
export const kindOf = (field: string): Kind => (textFields.has(field) ? "text" : "number")

/** Metrics that sources of the engine tell; an embedding program may tell others. */
export const metrics: ReadonlyArray<string> = [
  "fear_greed",
  "btc_dominance",
  "eth_dominance",
  "total_market_cap",
  "positions_value",
  "balance",
  "allowance"
]

/** Words of programs, which nobody calls a metric: who writes one as a function expects something else of it. */
const programWords = new Set(
  ("arguments async await break case catch class const constructor continue debugger delete do else enum eval exec export exports extends fetch finally " +
    "for function global globalthis if import in instanceof let module new null process prototype require return self static super switch system this " +
    "throw try typeof undefined var void while window with yield").split(" ")
)

/** Whether a name may be one of a metric: what looks like a misspelt field or metric is none. */
export const isMetric = (name: string): boolean =>
  metrics.includes(name) ||
  (/^[a-z][a-z0-9_]{0,63}$/.test(name) && !programWords.has(name) && nearest(name, fields) === undefined &&
    nearest(name, metrics, 1) === undefined)

const isAssetId = Schema.is(AssetId)

/** The asset a text names: a token id, `slug:Outcome` or a symbol; resolved anew each time, since markets become known later. */
export const resolveAsset = (facts: Facts, text: string): AssetId | undefined => {
  const colon = text.lastIndexOf(":")
  if (colon < 0) return isAssetId(text) ? text : undefined
  return facts.tokenOf(text.slice(0, colon), text.slice(colon + 1))
}

/** The words of policies. */
export const vocabulary: Vocabulary<Scope> = {
  variable: (path): Variable<Scope> | undefined => {
    const found = variables.get(path)
    return found === undefined ? undefined : { kind: found[0], run: found[1] }
  },
  lookUp: (name, asset) => {
    if (asset === undefined) {
      if (name === modeField) return { kind: "text", run: ({ facts }) => facts.value(name, undefined) }
      return isMetric(name)
        ? { kind: "number", run: ({ facts }) => facts.value(name, undefined) }
        : undefined
    }
    if (!fields.some((field) => field === name) || name === "tick" || name === modeField) return undefined
    return {
      kind: kindOf(name),
      run: ({ facts }) => {
        const assetId = resolveAsset(facts, asset)
        return assetId === undefined ? undefined : facts.value(name, assetId)
      }
    }
  },
  names: [...variables.keys(), ...fields, ...metrics]
}
