/**
 * The journal as one append-only file, `DATA/journal`: a frame per commit group, in it one line of JSON per record.
 * Groups commit one after the other: one write and one fdatasync under way, what arrived meanwhile is the next group.
 *
 * Start is recovery. A torn tail, of which no append has returned, is cut off; damage with good records after it fails the
 * layer with where it is, so that the engine does not trade on a journal with a hole; so does a file without one good
 * record, unless it is the beginning of a first one. After a failed write or sync every
 * append fails until the journal is opened again.
 */
import { Effect, Exit, Layer, Schema } from "effect"
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync } from "node:fs"
import { dirname } from "node:path"
import { Malformed, Unavailable } from "../../domain/Failure.ts"
import { Journal, JournalError, JournalRecord } from "../../engine/Journal.ts"
import * as AppendFile from "./AppendFile.ts"
import * as Frames from "./Frames.ts"

const decode = Schema.decodeUnknownExit(JournalRecord)
const encode = Schema.encodeUnknownExit(JournalRecord)

/** The records of a journal's bytes and where the good part ends, or what is wrong with them. Pure. */
export const recover = (
  bytes: Buffer,
  path: string
): Exit.Exit<{ readonly records: ReadonlyArray<JournalRecord>; readonly end: number }, JournalError> => {
  const { damage, end, frames } = Frames.scan(bytes)
  const hole = damage[0]
  if (hole !== undefined) {
    return malformed(path, hole.from, `${hole.to - hole.from} bytes are no record, and records follow`)
  }
  // Without a good record there is no tail either: these bytes are a first write that was cut short, or not ours to cut.
  if (frames.length === 0 && !Frames.isTorn(bytes)) {
    return malformed(path, 0, `${bytes.length} bytes are no journal; move the file away to begin a new one`)
  }
  const records: Array<JournalRecord> = []
  for (const frame of frames) {
    for (const line of frame.payload.toString("utf8").split("\n")) {
      const record = decodeLine(line)
      if (record === undefined) return malformed(path, frame.start, "a record is whole but not understood")
      records.push(record)
    }
  }
  return Exit.succeed({ records, end })
}

/** The records of the journal at `path` as they are on disk; none without a file. Changes nothing, and needs no lock. */
export const read = (path: string): Effect.Effect<ReadonlyArray<JournalRecord>, JournalError> =>
  Effect.map(recoverFrom(path), ({ records }) => records)

/** The journal kept in the file at `path`. */
export const layer = (path: string): Layer.Layer<Journal, JournalError> =>
  Layer.effect(
    Journal,
    Effect.gen(function*() {
      const { end, records } = yield* recoverFrom(path)
      const file = yield* Effect.acquireRelease(openFile(path, end), (file) => file.close)
      const append = (more: ReadonlyArray<JournalRecord>): Effect.Effect<void, JournalError> => {
        if (more.length === 0) return Effect.void
        const lines: Array<string> = []
        for (const record of more) {
          const encoded = encode(record)
          if (Exit.isFailure(encoded)) return Effect.fail(unencodable(path, record))
          lines.push(JSON.stringify(encoded.value))
        }
        return Effect.mapError(file.append(Buffer.from(lines.join("\n"))), unavailable("append", path))
      }
      return Journal.of({ append, recovered: records })
    })
  )

const recoverFrom = (path: string) =>
  Effect.flatMap(
    attempt(path, () => existsSync(path) ? readFileSync(path) : Buffer.alloc(0)),
    (bytes) => recover(bytes, path)
  )

const attempt = <A>(path: string, run: () => A): Effect.Effect<A, JournalError> =>
  Effect.try({ try: run, catch: unavailable("open", path) })

const openFile = (path: string, keep: number) =>
  attempt(path, () => mkdirSync(dirname(path), { recursive: true, mode: 0o700 })).pipe(
    Effect.andThen(AppendFile.open(path, { keep, sync: true, join: joinLines })),
    Effect.mapError(unavailable("open", path)),
    Effect.tap(() => attempt(path, () => syncFolder(dirname(path))))
  )

const newline = Buffer.from("\n")

const joinLines = (parts: ReadonlyArray<Buffer>): Buffer =>
  Frames.encode(Buffer.concat(parts.flatMap((part, index) => index === 0 ? [part] : [newline, part])))

const syncFolder = (folder: string): void => {
  const descriptor = openSync(folder, "r")
  fsyncSync(descriptor)
  closeSync(descriptor)
}

const decodeLine = (line: string): JournalRecord | undefined => {
  try {
    const decoded = decode(JSON.parse(line))
    return Exit.isSuccess(decoded) ? decoded.value : undefined
  } catch {
    return undefined
  }
}

const malformed = (path: string, at: number, issue: string) =>
  Exit.fail(
    new JournalError({ operation: "open", reason: new Malformed({ where: `${path} at byte ${at}`, issue }) })
  )

const unencodable = (path: string, record: JournalRecord) =>
  new JournalError({
    operation: "append",
    reason: new Malformed({ where: path, issue: `a record of kind ${record._tag} does not fit its schema` })
  })

const unavailable = (operation: "open" | "append", path: string) => (failure: unknown) =>
  failure instanceof JournalError
    ? failure
    : new JournalError({ operation, reason: new Unavailable({ where: path, detail: String(failure) }) })
