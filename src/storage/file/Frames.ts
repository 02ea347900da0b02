/**
 * Framed records of an append-only file: magic (4 bytes), length of the payload (4), CRC-32 of length and payload (4),
 * payload; numbers are little endian. Pure.
 *
 * The first byte of the magic never occurs in UTF-8 text, so after damage the next frame can be found by looking for it.
 * What follows the last good frame is a torn tail: the write that was under way when the process or the machine stopped.
 */
import { crc32 } from "node:zlib"

const magic = Buffer.from([0xf5, 0x50, 0x4d, 0x46])

/** Bytes before the payload of a frame. */
export const headerBytes = 12

/** The longest payload a frame may hold. */
export const maxPayloadBytes = 64 * 1024 * 1024

/** One good frame: where it starts, where the next one may, and its payload. */
export interface Frame {
  readonly start: number
  readonly end: number
  readonly payload: Buffer
}

/** What a buffer holds. */
export interface Scan {
  /** Every good frame, in the order of the file. */
  readonly frames: ReadonlyArray<Frame>
  /** Stretches that are no frame although good frames follow: bytes `from` (inclusive) to `to` (exclusive). */
  readonly damage: ReadonlyArray<{ readonly from: number; readonly to: number }>
  /** Where the good part ends; bytes after it are a torn tail. */
  readonly end: number
}

/** The frame around a payload. */
export const encode = (payload: Buffer): Buffer => {
  const frame = Buffer.allocUnsafe(headerBytes + payload.length)
  magic.copy(frame, 0)
  frame.writeUInt32LE(payload.length, 4)
  payload.copy(frame, headerBytes)
  frame.writeUInt32LE(checksum(frame, 0, payload.length), 8)
  return frame
}

/** Every good frame of a buffer, what lies between them, and where the torn tail starts. */
export const scan = (buffer: Buffer): Scan => {
  const frames: Array<Frame> = []
  const damage: Array<{ from: number; to: number }> = []
  let end = 0
  let offset = 0
  while (offset < buffer.length) {
    const frame = frameAt(buffer, offset)
    if (frame === undefined) {
      const next = buffer.indexOf(magic, offset + 1)
      if (next < 0) break
      offset = next
      continue
    }
    if (frame.start > end) damage.push({ from: end, to: frame.start })
    frames.push(frame)
    offset = end = frame.end
  }
  return { frames, damage, end }
}

/** True when the buffer is the beginning of a frame whose rest was never written. */
export const isTorn = (buffer: Buffer): boolean => {
  const mark = Math.min(magic.length, buffer.length)
  if (buffer.compare(magic, 0, mark, 0, mark) !== 0) return false
  if (buffer.length < headerBytes) return true
  const length = buffer.readUInt32LE(4)
  return length <= maxPayloadBytes && headerBytes + length > buffer.length
}

const frameAt = (buffer: Buffer, start: number): Frame | undefined => {
  if (start + headerBytes > buffer.length || buffer.compare(magic, 0, 4, start, start + 4) !== 0) return undefined
  const length = buffer.readUInt32LE(start + 4)
  const end = start + headerBytes + length
  if (length > maxPayloadBytes || end > buffer.length) return undefined
  if (buffer.readUInt32LE(start + 8) !== checksum(buffer, start, length)) return undefined
  return { start, end, payload: buffer.subarray(start + headerBytes, end) }
}

const checksum = (buffer: Buffer, start: number, length: number): number =>
  crc32(
    buffer.subarray(start + headerBytes, start + headerBytes + length),
    crc32(buffer.subarray(start + 4, start + 8))
  )
