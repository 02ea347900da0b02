/**
 * Frames as they came, a gzipped line of JSON each, `{receivedAt, payloadUtf8}`: what `simulate --recording` plays. A file is closed after an hour or
 * 256 MiB; files of one recording joined in their order are one recording. What is on disk survives kill -9 up to the last second. A disk that
 * is too slow or full costs frames, which are counted, never memory.
 */
import { Effect, Schema } from "effect"
import { createWriteStream, type WriteStream } from "node:fs"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { pipeline } from "node:stream"
import { constants, createGzip, type Gzip } from "node:zlib"

/** The folder could not be made. */
export class RecordingError extends Schema.TaggedError<RecordingError>()("RecordingError", {
  folder: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `cannot record into ${this.folder}: ${this.detail}`
  }
}

/** What became of the frames. */
export interface RecordingCounts {
  readonly frames: number
  readonly lost: number
  readonly files: number
}

/** A recording that goes on. */
export interface RecordingFile {
  /** Adds a frame; `at` in ms UTC. */
  readonly write: (bytes: Buffer, at: number) => void
  readonly counts: () => RecordingCounts
}

const largest = 256 * 1024 * 1024
const longest = 3_600_000
/** Bytes that may wait for the disk. */
const room = 32 * 1024 * 1024

interface Open {
  readonly base: string
  readonly gzip: Gzip
  readonly file: WriteStream
  readonly since: number
  bytes: number
}

/**
 * Records into a folder until the scope closes; files are called `NAME-2026-11-25T12-00-00-000Z.jsonl.gz`. What `markets` says when a file begins and
 * when it ends is written beside it (`….markets.json`).
 */
export const make = (folder: string, name: string, markets: () => unknown) =>
  Effect.gen(function*() {
    yield* Effect.tryPromise({
      try: () => mkdir(folder, { recursive: true, mode: 0o700 }),
      catch: (cause) => new RecordingError({ folder, detail: String(cause) })
    })
    let open: Open | undefined
    let frames = 0
    let lost = 0
    let files = 0
    const closing = new Set<Promise<void>>()

    /** Beside a file: without it a player has to guess. */
    const describe = (base: string): Promise<void> =>
      writeFile(`${base}.markets.json`, JSON.stringify(markets()), { mode: 0o600 }).catch(() => {})

    const close = (one: Open): void => {
      const described = describe(one.base)
      closing.add(described)
      void described.finally(() => closing.delete(described))
      const ended = new Promise<void>((resolve) => one.file.once("close", () => resolve()))
      closing.add(ended)
      void ended.finally(() => closing.delete(ended))
      one.gzip.end()
    }

    const next = (at: number): Open => {
      const base = join(folder, `${name}-${new Date(at).toISOString().replace(/[:.]/g, "-")}`)
      const gzip = createGzip({ level: 6 })
      const file = createWriteStream(`${base}.jsonl.gz`, { flags: "a", mode: 0o600 })
      const one: Open = { base, gzip, file, since: at, bytes: 0 }
      files++
      void describe(base)
      pipeline(gzip, file, (error) => {
        if (error !== null && error !== undefined && open === one) open = undefined
      })
      return one
    }

    yield* Effect.addFinalizer(() =>
      Effect.promise(async () => {
        if (open !== undefined) close(open)
        await Promise.all(closing)
      }).pipe(Effect.timeoutOption("5 seconds"))
    )
    yield* Effect.sync(() => {
      if (open?.gzip.writableLength === 0) open.gzip.flush(constants.Z_SYNC_FLUSH)
    }).pipe(Effect.delay("1 second"), Effect.forever, Effect.forkScoped)

    const counts = (): RecordingCounts => ({ frames, lost, files })
    return {
      write: (bytes, at) => {
        if (open !== undefined && (open.bytes >= largest || at - open.since >= longest)) {
          close(open)
          open = undefined
        }
        open ??= next(at)
        if (open.gzip.writableLength + open.file.writableLength > room) {
          lost++
          return
        }
        const line = `${JSON.stringify({ receivedAt: new Date(at).toISOString(), payloadUtf8: bytes.toString() })}\n`
        open.bytes += line.length
        open.gzip.write(line)
        frames++
      },
      counts
    } satisfies RecordingFile
  })
