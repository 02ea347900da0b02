/**
 * How a policy stood at a time that is over: the archived events before it are played again, with the clock's ticks between, which no archive keeps,
 * and the policy is explained as of the last of them. Pure.
 */
import type { EventId, MarketEvent } from "../MarketEvent.ts"
import { timeToLive } from "../State.ts"
import type { CompiledPolicy } from "./Compile.ts"
import type { Evaluator } from "./Evaluate.ts"
import { explain } from "./Explain.ts"
import type { Explanation } from "./Explanation.ts"
import { resolveAsset } from "./Scope.ts"

const second = 1_000
const longest = 7 * 86_400_000

/** How long before a time a policy looks back: as long as values live, its longest window and its hold; ms, 7 days at most. */
export const lookBack = (policy: CompiledPolicy): number =>
  Math.min(
    longest,
    timeToLive + policy.holdFor + Math.max(0, ...policy.triggers.map(({ leaf }) => leaf?.look.window?.of.duration ?? 0))
  )

/** Plays events, oldest first, into an evaluator that knows nothing of them yet, and explains a policy at `at`, ms. */
export const explainThen = (
  evaluator: Evaluator,
  events: Iterable<MarketEvent>,
  wish: { readonly policyId: string; readonly asset: string | undefined; readonly at: number }
): Explanation | undefined => {
  let ticks = 0
  let next: number | undefined
  let last: MarketEvent | undefined
  const take = (event: MarketEvent) => {
    evaluator.take(event)
    last = event
  }
  const tickUntil = (until: number) => {
    for (; next !== undefined && next <= until; next += second) {
      // Their ids are nobody else's.
      const id = -(++ticks) as EventId
      take({ _tag: "Tick", id, time: next, receivedAt: next, source: "clock", kind: "clock", name: "second" })
    }
  }
  for (const event of events) {
    if (event.receivedAt > wish.at) break
    next ??= (Math.floor(event.receivedAt / second) + 1) * second
    tickUntil(event.receivedAt)
    take(event)
  }
  tickUntil(wish.at)
  if (last === undefined) return undefined
  const assetId = wish.asset === undefined ? undefined : resolveAsset(evaluator.facts, wish.asset)
  return explain(evaluator, last, { policyId: wish.policyId, assetId })
}
