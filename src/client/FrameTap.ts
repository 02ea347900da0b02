/** Sees every frame of every feed as it arrives, for recordings; nobody looks unless told. Called within the socket's event: it must not wait or throw. */
import { Context } from "effect"

/** Told the feed's name, the frame's bytes and when it arrived, ms UTC. */
export type Tap = (feed: string, bytes: Buffer, at: number) => void

/** The tap of the feeds made below it. */
export const FrameTap: Context.Reference<Tap | undefined> = Context.Reference<Tap | undefined>(
  "polymarket-hft/client/FrameTap",
  { defaultValue: () => undefined }
)
