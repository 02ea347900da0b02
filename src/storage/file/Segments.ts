/**
 * The segment files of the spool: names, frames, and what an earlier run left. Places count events; a segment is named
 * after the place of its first event, and its first frame repeats the highest event id before it.
 */
import { mkdirSync, readdirSync, readFileSync } from "node:fs"
import { open, rename, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { EventId, MarketEvent } from "../../engine/MarketEvent.ts"
import * as Frames from "./Frames.ts"

const suffix = ".spool"

/** Between two marks of a segment's index lie at least this many bytes. */
const markBytes = 64 * 1024

/** A segment file. */
export interface Segment {
  readonly path: string
  /** Place of its first event. */
  readonly first: number
  /** Places of some chunks and the bytes they start at, ascending; not every chunk is in it. */
  readonly marks: Array<{ readonly place: number; readonly offset: number }>
}

/** A chunk as it lies in a file; of its events those from `skip` to `take` are meant. */
export interface RawChunk {
  readonly json: string
  readonly skip: number
  readonly take: number
  /** The place after the last event meant. */
  readonly end: number
}

/** What a folder holds. */
export interface Found {
  readonly segments: ReadonlyArray<Segment>
  readonly end: number
  readonly lastEventId: EventId | undefined
  /** Bytes in the last segment that are no frame although frames follow. */
  readonly damagedBytes: number
}

/** Events of a frame at most: as text even the largest books stay below the longest string there can be. */
const frameEvents = 1000

/** The frame of a chunk whose first event has the place `first`; several when one would not be read back. */
export const encodeChunk = (
  first: number,
  events: ReadonlyArray<MarketEvent>,
  payloadBytes = Frames.maxPayloadBytes
): Buffer => {
  if (events.length <= frameEvents) {
    const payload = Buffer.from(`${first} ${events.length}\n${JSON.stringify(events)}`)
    if (payload.length <= payloadBytes || events.length === 1) return Frames.encode(payload)
  }
  const half = events.length >> 1
  return Buffer.concat([
    encodeChunk(first, events.slice(0, half), payloadBytes),
    encodeChunk(first + half, events.slice(half), payloadBytes)
  ])
}

/** Makes the segment that begins at `first`, whole or not at all, and says how long it is. */
export const create = async (
  folder: string,
  first: number,
  lastEventId: EventId | undefined
): Promise<{ readonly segment: Segment; readonly bytes: number }> => {
  const path = join(folder, `${String(first).padStart(16, "0")}${suffix}`)
  const draft = `${path}.new`
  const header = Frames.encode(
    Buffer.from(JSON.stringify({ version: 1, first, ...(lastEventId === undefined ? {} : { lastEventId }) }))
  )
  await writeFile(draft, header, { mode: 0o600, flush: true })
  await rename(draft, path)
  const directory = await open(folder, "r")
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
  return { segment: { path, first, marks: [] }, bytes: header.length }
}

/** Remembers where a chunk starts. */
export const note = (segment: Segment, place: number, offset: number): void => {
  const last = segment.marks.at(-1)
  if (last === undefined || offset - last.offset >= markBytes) segment.marks.push({ place, offset })
}

/** Reads what an earlier run left; the folder is made when it is not there. */
export const recover = (folder: string): Found => {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const names = readdirSync(folder).filter((name) => /^\d{16}\.spool$/.test(name)).sort()
  const segments = names.map((name): Segment => ({
    path: join(folder, name),
    first: Number(name.slice(0, 16)),
    marks: []
  }))
  const last = segments.at(-1)
  if (last === undefined) return { segments, end: 0, lastEventId: undefined, damagedBytes: 0 }
  const { damage, frames } = Frames.scan(readFileSync(last.path))
  let end = last.first
  let lastEventId: EventId | undefined
  for (const frame of frames) {
    const header = headerOf(frame.payload)
    if (header !== undefined) lastEventId = header.lastEventId
    const head = headOf(frame.payload)
    if (head !== undefined) end = Math.max(end, head.first + head.count)
  }
  const final = frames.findLast((frame) => headOf(frame.payload) !== undefined)
  if (final !== undefined) {
    const events: ReadonlyArray<MarketEvent> = JSON.parse(jsonOf(final.payload))
    for (const event of events) if (lastEventId === undefined || event.id > lastEventId) lastEventId = event.id
  }
  return {
    segments,
    end,
    lastEventId,
    damagedBytes: total(damage)
  }
}

/** A part of a segment: where it begins, and how many bytes of it are looked at. */
export interface Part {
  readonly offset: number
  readonly bytes: number
}

/** Bytes read at once: a segment's events as objects take many times its bytes. */
const partBytes = 1024 * 1024

/** The part of a segment to begin with when looking for the place `from`. */
export const partOf = (segment: Segment, from: number): Part => ({
  offset: segment.marks.findLast((mark) => mark.place <= from)?.offset ?? 0,
  bytes: partBytes
})

/** What a part holds. */
export interface Read {
  readonly chunks: ReadonlyArray<RawChunk>
  /** Bytes before the last of its frames that are no frame. */
  readonly damagedBytes: number
  /** Where to go on; absent at the end. */
  readonly next?: Part
}

/** The chunks of a segment, or a part of it, that hold places from `from` up to `to`. */
export const read = async (
  segment: Segment,
  from: number,
  to: number,
  part: Part = { offset: 0, bytes: Infinity }
): Promise<Read> => {
  const { bytes, isEnd } = await bytesOf(segment.path, part)
  const chunks: Array<RawChunk> = []
  const { damage, end, frames } = Frames.scan(bytes)
  let isBeyond = false
  for (const frame of frames) {
    const head = headOf(frame.payload)
    if (head === undefined || head.first + head.count <= from) continue
    isBeyond = head.first >= to
    if (isBeyond) break
    const skip = Math.max(0, from - head.first)
    const take = Math.min(head.count, to - head.first)
    chunks.push({ json: jsonOf(frame.payload), skip, take, end: head.first + take })
  }
  // A part without a frame is shorter than the next frame, or damaged.
  const next = { offset: part.offset + end, bytes: end === 0 ? part.bytes * 2 : partBytes }
  return { chunks, damagedBytes: total(damage), ...(isEnd || isBeyond ? {} : { next }) }
}

const total = (damage: Frames.Scan["damage"]): number => damage.reduce((sum, each) => sum + each.to - each.from, 0)

const bytesOf = async (
  path: string,
  part: Part
): Promise<{ readonly bytes: Buffer; readonly isEnd: boolean }> => {
  const file = await open(path, "r")
  try {
    const { size } = await file.stat()
    const left = Math.max(0, size - part.offset)
    const buffer = Buffer.allocUnsafe(Math.min(left, part.bytes))
    let length = 0
    while (length < buffer.length) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, part.offset + length)
      if (bytesRead === 0) break
      length += bytesRead
    }
    return { bytes: buffer.subarray(0, length), isEnd: length < buffer.length || left <= part.bytes }
  } finally {
    await file.close()
  }
}

const headOf = (payload: Buffer): { readonly first: number; readonly count: number } | undefined => {
  const line = payload.subarray(0, 64).toString("latin1")
  const match = /^(\d{1,16}) (\d{1,16})\n/.exec(line)
  return match === null ? undefined : { first: Number(match[1]), count: Number(match[2]) }
}

const jsonOf = (payload: Buffer): string => payload.toString("utf8", payload.indexOf(10) + 1)

const headerOf = (payload: Buffer): { readonly lastEventId?: EventId } | undefined =>
  payload[0] === 0x7b ? JSON.parse(payload.toString("utf8")) : undefined
