/** A flow of prices and ticks for tests that run long, written down in few bytes. */
import { Effect, Layer, Stream } from "effect"
import type { AssetId } from "../../../src/domain/Asset.ts"
import { EventStore } from "../../../src/engine/EventStore.ts"
import {
  type EventId,
  type MarketEvent,
  type PolicyReload,
  type Tick,
  unstamped
} from "../../../src/engine/MarketEvent.ts"
import { randomOf } from "../Wounds.ts"

/** How many assets there are. */
export const assets = 500

/** The price of an asset in cents, as nobody knows it yet. */
export const priceOf = (asset: number, cents: number): MarketEvent => ({
  _tag: "PriceUpdate",
  id: unstamped,
  time: 0,
  receivedAt: 0,
  source: "clob",
  assetId: String(1_000 + asset) as AssetId,
  price: `0.${String(cents).padStart(2, "0")}` as never
})

/** A second of the clock. */
export const tick: Tick = {
  _tag: "Tick",
  id: unstamped,
  time: 0,
  receivedAt: 0,
  source: "clock",
  kind: "clock",
  name: "second"
}

const noAsset = -1

/** What was published, in few bytes: what a test keeps as objects makes the pauses that it measures. */
export class Log {
  readonly reloads: Array<PolicyReload> = []
  readonly #numbers = new Float64Array(4 * 1_100_000)
  length = 0

  add(event: MarketEvent): void {
    if (event._tag === "PolicyReload") this.reloads.push(event)
    else if (event._tag === "Tick") this.#write(event, noAsset, 0)
    else if (event._tag === "PriceUpdate") {
      this.#write(event, Number(event.assetId) - 1_000, Number(event.price?.slice(2)))
    }
  }

  #write({ id, receivedAt }: MarketEvent, asset: number, cents: number): void {
    this.#numbers.set([id, receivedAt, asset, cents], this.length++ * 4)
  }

  *events(): Generator<MarketEvent> {
    for (let at = 0; at < this.length; at++) {
      const [id = 0, receivedAt = 0, asset = 0, cents = 0] = this.#numbers.subarray(at * 4)
      yield { ...(asset === noAsset ? tick : priceOf(asset, cents)), id: id as EventId, time: receivedAt, receivedAt }
    }
  }
}

/** Prices that wander, a walk for each asset. */
export const walk = () => {
  const at = new Map<number, number>()
  const random = randomOf(11)
  let next = 0
  return (): MarketEvent => {
    const asset = next++ % assets
    const cents = Math.min(95, Math.max(5, (at.get(asset) ?? 50) + random(21) - 10))
    at.set(asset, cents)
    return priceOf(asset, cents)
  }
}

/** A store that keeps nothing. */
export const nowhere = Layer.succeed(
  EventStore,
  EventStore.of({ append: () => Effect.void, checkpoint: Effect.void, replay: Stream.empty })
)

/** The value below which a part of them lies; ascending. */
export const share = (sorted: ReadonlyArray<number>, part: number) => sorted[Math.ceil(sorted.length * part) - 1] ?? 0
