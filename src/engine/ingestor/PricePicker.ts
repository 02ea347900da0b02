/**
 * Which of several sources speaks for a symbol: the first of the wanted ones that has spoken lately; what others say is told as said beside it. One that
 * falls silent and leaves it to a lesser one has a gap, so that its last price does not go on counting. Pure state, times in ms.
 */
import type { AssetId } from "../../domain/Asset.ts"
import type { Decimal } from "../../domain/Decimal.ts"
import { type FeedStatus, type MarketEvent, unstamped } from "../MarketEvent.ts"

/** A source that has not spoken of a symbol for so long leaves it to the next one, ms. */
export const patience = 5_000

/** What a source said. */
export interface Said {
  readonly source: string
  readonly assetId: AssetId
  readonly price: Decimal
  /** The source's time, ms. */
  readonly time: number
}

/** Who spoke of what when. */
export interface PricePicker {
  /** Wanted first. */
  readonly sources: ReadonlyArray<string>
  readonly heard: Map<string, { readonly at: number; readonly time: number }>
  readonly speaker: Map<AssetId, string>
}

/** Nobody spoke yet. */
export const make = (sources: ReadonlyArray<string>): PricePicker => ({ sources, heard: new Map(), speaker: new Map() })

/** Takes what a source said at `now`; the events that follow from it, which may be none. */
export const take = (picker: PricePicker, said: Said, now: number): ReadonlyArray<MarketEvent> => {
  const rank = picker.sources.indexOf(said.source)
  if (rank < 0) return none
  const key = `${said.source} ${said.assetId}`
  const heard = picker.heard.get(key)
  if (heard !== undefined && said.time < heard.time) return none
  picker.heard.set(key, { at: now, time: said.time })
  const isBeside = picker.sources.slice(0, rank).some((better) => {
    const heard = picker.heard.get(`${better} ${said.assetId}`)
    return heard !== undefined && now - heard.at <= patience
  })
  const price: MarketEvent = {
    _tag: "PriceUpdate",
    id: unstamped,
    time: said.time,
    receivedAt: 0,
    source: said.source,
    assetId: said.assetId,
    price: said.price,
    ...(isBeside ? { beside: true } : {})
  }
  if (isBeside) return [price]
  const before = picker.speaker.get(said.assetId)
  picker.speaker.set(said.assetId, said.source)
  return before !== undefined && picker.sources.indexOf(before) < rank
    ? [gapOf(before, said.source, said.assetId), price]
    : [price]
}

const none: ReadonlyArray<MarketEvent> = []

const gapOf = (feed: string, now: string, assetId: AssetId): FeedStatus => ({
  _tag: "FeedStatus",
  id: unstamped,
  time: 0,
  receivedAt: 0,
  source: feed,
  feed,
  kind: "gap",
  assetId,
  detail: `${now} speaks for ${assetId} from here on`
})
