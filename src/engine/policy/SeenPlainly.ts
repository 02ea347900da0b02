/** What plain comparisons have seen of fields: a crossing is one from there. Plain mutable state. */
import type { AssetId } from "../../domain/Asset.ts"
import type { EventId, MarketEvent } from "../MarketEvent.ts"
import type { Reading } from "./KnownFacts.ts"

/** The value of a field that crossings of plain comparisons are crossings from, and the one they are crossings to. */
export interface SeenPlainly {
  /** The event that told it last. */
  eventId: EventId | undefined
  /** Event time of that, ms. */
  at: number
  before: Reading | undefined
  now: Reading | undefined
}

/** The value seen before, unless it has been silent for longer than values live, ms; the present one is what will have been seen. */
export const see = (
  seen: SeenPlainly,
  now: Reading | undefined,
  { id, receivedAt }: MarketEvent,
  life: number
): Reading | undefined => {
  seen.eventId = id
  seen.before = receivedAt - seen.at > life ? undefined : seen.now
  seen.at = receivedAt
  seen.now = now
  return seen.before
}

/** All that plain comparisons have seen. */
export class AllSeen {
  readonly #byField = new Map<string, Map<AssetId, SeenPlainly>>()

  /** Of a field of an asset. */
  of(field: string, assetId: AssetId): SeenPlainly {
    let byAsset = this.#byField.get(field)
    if (byAsset === undefined) this.#byField.set(field, byAsset = new Map())
    let seen = byAsset.get(assetId)
    if (seen === undefined) {
      byAsset.set(assetId, seen = { eventId: undefined, at: -Infinity, before: undefined, now: undefined })
    }
    return seen
  }

  /** What an event told of a field, and what was seen before; `undefined` when it told nothing. */
  on(eventId: EventId, field: string, assetId: AssetId): SeenPlainly | undefined {
    const seen = this.#byField.get(field)?.get(assetId)
    return seen?.eventId === eventId ? seen : undefined
  }

  /** What a feed told of an asset does not count any more: the next value only arms. */
  blind(assetId: AssetId, feed: string): void {
    for (const byAsset of this.#byField.values()) {
      const seen = byAsset.get(assetId)
      if (seen?.now?.source === feed) Object.assign(seen, { eventId: undefined, before: undefined, now: undefined })
    }
  }

  /** Remembers nothing of an asset any more. */
  forget(assetId: AssetId): void {
    for (const byAsset of this.#byField.values()) byAsset.delete(assetId)
  }
}
