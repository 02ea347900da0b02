/** WebSocket frames from server to client, unmasked, as bytes: told apart, read, and written in other ways. */
import { frameOfLength } from "../Connection.ts"

/** One frame: its bytes with the header. */
export interface ServerFrame {
  readonly bytes: Buffer
  /** Where the payload begins. */
  readonly header: number
}

const headerOf = (bytes: Buffer, at: number): { readonly header: number; readonly length: number } | undefined => {
  if (bytes.length < at + 2) return undefined
  const short = (bytes[at + 1] as number) & 0x7f
  if (short < 126) return { header: 2, length: short }
  if (short === 126) return bytes.length < at + 4 ? undefined : { header: 4, length: bytes.readUInt16BE(at + 2) }
  return bytes.length < at + 10 ? undefined : { header: 10, length: Number(bytes.readBigUInt64BE(at + 2)) }
}

/** Whole frames of some bytes, and what is left of them. */
export const split = (bytes: Buffer): { readonly frames: ReadonlyArray<ServerFrame>; readonly rest: Buffer } => {
  const frames: Array<ServerFrame> = []
  let at = 0
  while (true) {
    const size = headerOf(bytes, at)
    if (size === undefined || bytes.length < at + size.header + size.length) break
    const end = at + size.header + size.length
    frames.push({ bytes: bytes.subarray(at, end), header: size.header })
    at = end
  }
  return { frames, rest: bytes.subarray(at) }
}

/** A frame's text; of a binary or control frame too. */
export const textOf = ({ bytes, header }: ServerFrame): string => bytes.toString("utf8", header)

/** True for whatever only says that the connection is alive: control frames, and the channels' own pings and pongs. */
export const isKeepAlive = (frame: ServerFrame): boolean => {
  const { bytes, header } = frame
  if (((bytes[0] as number) & 0x0f) >= 8) return true
  if (bytes.length - header > 32) return false
  const text = textOf(frame)
  return text === "PONG" || text === "ping" || text.startsWith("{\"op\":\"pong\"")
}

const write = (first: number, payload: Buffer): Buffer => {
  const { frame, header } = frameOfLength(first, payload.length)
  payload.copy(frame, header)
  return frame
}

/** A text frame. */
export const frameOf = (text: string): ServerFrame => {
  const payload = Buffer.from(text)
  const bytes = write(0x81, payload)
  return { bytes, header: bytes.length - payload.length }
}

/** The same message in several frames, of which only the last is final. */
export const fragments = ({ bytes, header }: ServerFrame, pieces: number): ReadonlyArray<Buffer> => {
  const payload = bytes.subarray(header)
  const opcode = (bytes[0] as number) & 0x0f
  const size = Math.max(1, Math.ceil(payload.length / pieces))
  const parts: Array<Buffer> = []
  for (let from = 0; from < payload.length; from += size) {
    const isLast = from + size >= payload.length
    parts.push(write((isLast ? 0x80 : 0) | (from === 0 ? opcode : 0), payload.subarray(from, from + size)))
  }
  return parts.length === 0 ? [bytes] : parts
}
