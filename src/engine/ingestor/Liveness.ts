/**
 * When silence is suspicious. A socket that answers PING can still be frozen, and a quiet market is no fault; so silence only
 * leads to a question to REST, and only an answer that is newer, and stays newer for a moment, is a verdict. Pure.
 */
import type { BookSnapshotMessage } from "../../client/polymarket/clob/MarketMessage.ts"
import type { AssetId } from "../../domain/Asset.ts"
import type * as AssetBook from "./AssetBook.ts"

/** An asset silent this long is asked about, ms. */
export const silentAfter = 15_000

/** Least time between two questions about silent assets, ms. */
export const askEvery = 10_000

/** A busy socket silent this long is asked about at once, ms. */
export const busySilentAfter = 3_000

/** How many frames within `busyWindow` ms before the silence make a socket busy. */
export const busyFrames = 60
export const busyWindow = 30_000

/** How long REST has to stay ahead of the socket until an asset is stale, ms. */
export const confirmAfter = 2_000

/** An asset without its first book this long is subscribed again, ms. */
export const firstBookWithin = 10_000

/** How many frames came on a socket lately: counts by second, in a ring. */
export interface FrameRate {
  readonly seconds: Int32Array
  at: number
  lastFrameAt: number
}

/** No frames yet. */
export const makeRate = (now: number): FrameRate => ({
  seconds: new Int32Array(busyWindow / 1_000),
  at: Math.floor(now / 1_000),
  lastFrameAt: now
})

/** Takes note of a frame. Silence does not move the ring: what counts is how busy it was before. */
export const addFrame = (rate: FrameRate, now: number): void => {
  const second = Math.floor(now / 1_000)
  const { seconds } = rate
  for (let skipped = Math.max(rate.at + 1, second - seconds.length + 1); skipped <= second; skipped++) {
    seconds[skipped % seconds.length] = 0
  }
  if (second > rate.at) rate.at = second
  const at = rate.at % seconds.length
  seconds[at] = (seconds[at] as number) + 1
  rate.lastFrameAt = now
}

/** True when a socket that was busy until then has been silent for a moment. */
export const isSuddenlySilent = (rate: FrameRate, now: number): boolean => {
  if (now - rate.lastFrameAt < busySilentAfter) return false
  let count = 0
  for (const frames of rate.seconds) count += frames
  return count >= busyFrames
}

/** True when an asset has told nothing for long enough to ask. */
export const isSilent = (asset: AssetBook.AssetBook, now: number): boolean =>
  asset.phase === "live" && now - asset.heardAt >= silentAfter

/** Assets that REST knows more about than their socket told, since when. */
export type Suspects = Map<AssetId, { readonly message: BookSnapshotMessage; readonly at: number }>

/** The suspects whose socket has had its moment and is still behind; they are suspects no longer, whatever the verdict. */
export const takeConvicted = (
  suspects: Suspects,
  isBehind: (message: BookSnapshotMessage) => boolean,
  now: number
): Array<AssetId> => {
  const convicted: Array<AssetId> = []
  for (const [assetId, { at, message }] of suspects) {
    if (!isBehind(message)) suspects.delete(assetId)
    else if (now - at >= confirmAfter) {
      suspects.delete(assetId)
      convicted.push(assetId)
    }
  }
  return convicted
}
