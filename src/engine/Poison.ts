/**
 * Where events go that the store will never take: kept whole, with the reason, for a person to look at.
 * Implementations: `layerMemory` here, `storage/file/PoisonFile.ts`.
 */
import { Context, Effect, Layer, Schema } from "effect"
import { Reason } from "../domain/Failure.ts"
import type { MarketEvent } from "./MarketEvent.ts"

/** Why an event could not be put aside. */
export class PoisonError extends Schema.TaggedError<PoisonError>()("PoisonError", { reason: Reason }) {
  override get message(): string {
    return `Poison: ${this.reason.message}`
  }
}

/** An event put aside and why. */
export interface PoisonedEvent {
  readonly event: MarketEvent
  readonly reason: string
}

export class Poison extends Context.Service<Poison, {
  /** Keeps an event and the reason the store gave; on disk when it returns. */
  readonly keep: (event: MarketEvent, reason: string) => Effect.Effect<void, PoisonError>
  /** What this run put aside, in order. */
  readonly kept: Effect.Effect<ReadonlyArray<PoisonedEvent>>
}>()("polymarket-hft/engine/Poison") {
  /** Keeps events for as long as the layer lives; for tests and benches. */
  static readonly layerMemory = Layer.sync(Poison, () => {
    const kept: Array<PoisonedEvent> = []
    return Poison.of({
      keep: (event, reason) => Effect.sync(() => void kept.push({ event, reason })),
      kept: Effect.sync(() => [...kept])
    })
  })
}
