/**
 * From the bytes (UTF-8) of one market channel frame to what it says. Never throws, whatever the text: one bad message costs that
 * message. A frame of changes in the form the venue writes is scanned directly (`ScanPriceChange.ts`); everything else
 * goes through JSON.parse and the wire schema, which stay the reference for the scanner.
 */
import { Exit, Schema } from "effect"
import { maximumDepth, parseJson } from "../../ParseJson.ts"
import { eventTypes, MarketChannelMessage, textFrames } from "./MarketChannelSchema.ts"
import type { MarketMessage } from "./MarketMessage.ts"
import type { PriceChangeScanner } from "./ScanPriceChange.ts"
import { Misfit, translateMessage } from "./TranslateMarketMessage.ts"

/** What a frame turned out to be. */
export interface DecodedFrame {
  readonly messages: ReadonlyArray<MarketMessage>
  /** The text of a frame that is not JSON by agreement, such as "PONG". */
  readonly text: string | undefined
  /** Messages whose event type is not known; they are skipped. */
  readonly unknownTypes: number
  /** Messages that did not fit, each with what was expected and found. */
  readonly malformed: ReadonlyArray<string>
}

/** Longest accepted frame, UTF-16 units. */
export const maximumFrame = 4 * 1024 * 1024

const decodeMessage = Schema.decodeUnknownExit(MarketChannelMessage)
const knownTypes: ReadonlySet<unknown> = new Set(eventTypes)
const knownTexts: ReadonlySet<string> = new Set(Object.values(textFrames))
const nothing: ReadonlyArray<never> = []

const malformed = (issue: string): DecodedFrame => ({
  messages: nothing,
  text: undefined,
  unknownTypes: 0,
  malformed: [issue]
})

const parsed = (value: unknown): DecodedFrame => {
  const messages: Array<MarketMessage> = []
  const issues: Array<string> = []
  let unknownTypes = 0
  for (const item of Array.isArray(value) ? value as ReadonlyArray<unknown> : [value]) {
    if (typeof item !== "object" || item === null || !("event_type" in item)) {
      issues.push("expected an object with an event_type")
      continue
    }
    if (!knownTypes.has(item.event_type)) {
      if (typeof item.event_type === "string") unknownTypes++
      else issues.push("expected event_type to be text")
      continue
    }
    const decoded = decodeMessage(item)
    if (Exit.isFailure(decoded)) {
      issues.push(`${String(item.event_type)} does not fit its schema`)
      continue
    }
    const message = translateMessage(decoded.value)
    if (message instanceof Misfit) issues.push(`${decoded.value.event_type}: ${message.issue}`)
    else messages.push(message)
  }
  return { messages, text: undefined, unknownTypes, malformed: issues }
}

/** Decodes a frame through JSON.parse and the wire schema alone. */
export const decodeFrameBySchema = (text: string): DecodedFrame => {
  if (text.length > maximumFrame) return malformed(`expected at most ${maximumFrame} characters, found ${text.length}`)
  const first = text.charCodeAt(0)
  if (first !== 91 && first !== 123) {
    const trimmed = text.trim()
    if (knownTexts.has(trimmed)) return { messages: nothing, text: trimmed, unknownTypes: 0, malformed: nothing }
    if (trimmed === "") return { messages: nothing, text: "", unknownTypes: 0, malformed: nothing }
  }
  const value = parseJson(text)
  return value === undefined ? malformed(`expected JSON of at most ${maximumDepth} levels`) : parsed(value)
}

/** Decodes a frame, by the scanner where it applies. */
export const decodeFrame = (bytes: Buffer, scanner: PriceChangeScanner): DecodedFrame => {
  const changes = scanner.scan(bytes)
  if (changes !== undefined) {
    return { messages: [changes], text: undefined, unknownTypes: 0, malformed: nothing }
  }
  const frame = decodeFrameBySchema(bytes.toString())
  for (const message of frame.messages) if (message.kind === "book") scanner.learn(message.market, message.assetId)
  return frame
}
