/**
 * The spool as segment files in a folder, `DATA/spool/<place of its first event>.spool`: a frame per appended chunk (or
 * several, when it is large), in it the place of its first event, how many it holds, and the events as JSON. A place counts events since the first run.
 *
 * An append is one write, without sync: it survives kill -9 once it has returned. An fdatasync each second covers power
 * loss up to that. Each start begins a new segment, so a torn tail needs no repair; a damaged stretch loses its chunk and
 * no other, and is logged. A segment is deleted when everything in it is released.
 */
import { Effect, Exit, Layer, Option, Schema, Semaphore, Stream } from "effect"
import { rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Unavailable } from "../../domain/Failure.ts"
import { MarketEvent } from "../../engine/MarketEvent.ts"
import { Spool, type SpoolChunk, SpoolError, type SpoolPosition } from "../../engine/Spool.ts"
import * as AppendFile from "./AppendFile.ts"
import * as Segments from "./Segments.ts"

/** How the spool is kept. */
export interface Options {
  /** A segment is closed when it holds this many bytes; 8 MiB by default. */
  readonly segmentBytes?: number
}

const reserveBytes = 16 * 1024

const decode = Schema.decodeUnknownExit(MarketEvent)

/** The spool kept in `folder`. */
export const layer = (folder: string, options: Options = {}): Layer.Layer<Spool, SpoolError> =>
  Layer.effect(
    Spool,
    Effect.gen(function*() {
      const segmentBytes = options.segmentBytes ?? 8 * 1024 * 1024
      const found = yield* attempt("append", folder, () => Segments.recover(folder))
      yield* reportDamage(found.damagedBytes, folder)
      // The oldest first; the last one is open for appending.
      let segments = found.segments
      let end = found.end
      let released = segments[0]?.first ?? end
      let lastId = found.lastEventId
      let dirty = false
      const oneAtATime = yield* Semaphore.make(1)

      /** Room for the beginning of a segment, so that on a full disk the one before it can be released. */
      const reserve = join(folder, "reserve")
      const keepReserve = Effect.ignore(
        Effect.tryPromise(() => writeFile(reserve, Buffer.alloc(reserveBytes), { mode: 0o600 }))
      )
      const giveReserve = Effect.ignore(Effect.tryPromise(() => rm(reserve, { force: true })))

      let active: { readonly segment: Segments.Segment; readonly file: AppendFile.AppendFile; failed: boolean }
      /** Starts a segment at the end of the spool; one of the same place, which then holds no event, is replaced. */
      const begin = Effect.gen(function*() {
        const create = Effect.tryPromise({
          try: () => Segments.create(folder, end, lastId),
          catch: unavailable("append", folder)
        })
        const { bytes, segment } = yield* create
        const file = yield* AppendFile.open(segment.path, { keep: bytes, sync: false }).pipe(
          Effect.mapError(unavailable("append", folder))
        )
        segments = [...segments.filter((each) => each.first !== segment.first), segment]
        active = { segment, file, failed: false }
      })
      yield* begin
      yield* keepReserve
      yield* Effect.addFinalizer(() => active.file.close)

      const rotate = Effect.gen(function*() {
        const { file } = active
        yield* begin
        yield* Effect.ignore(file.sync)
        yield* file.close
      })

      const append = (events: ReadonlyArray<MarketEvent>): Effect.Effect<SpoolPosition, SpoolError> => {
        if (events.length === 0) return Effect.sync(() => end)
        const write = Effect.gen(function*() {
          if (active.failed || active.file.size() >= segmentBytes) yield* rotate
          const offset = active.file.size()
          const { file, segment } = active
          const bytes = yield* attempt("append", segment.path, () => Segments.encodeChunk(end, events))
          yield* file.append(bytes).pipe(
            Effect.tapError(() => Effect.sync(() => void (active.failed = true))),
            Effect.mapError(unavailable("append", segment.path))
          )
          Segments.note(segment, end, offset)
          end += events.length
          for (const event of events) if (lastId === undefined || event.id > lastId) lastId = event.id
          dirty = true
          return end
        })
        // Not interruptible: what is on disk and what is counted must not part.
        return oneAtATime.withPermit(Effect.uninterruptible(write))
      }

      const release = (before: SpoolPosition): Effect.Effect<void, SpoolError> => {
        /** Deletes the segments of which everything is released; one ends where the next begins. */
        const remove = Effect.gen(function*() {
          const gone = segments.filter((_, index) => (segments[index + 1]?.first ?? Infinity) <= before)
          for (const segment of gone) {
            yield* Effect.tryPromise({
              try: () => rm(segment.path, { force: true }),
              catch: unavailable("release", segment.path)
            })
            segments = segments.filter((each) => each !== segment)
          }
          if (gone.length > 0) yield* keepReserve
        })
        const forget = Effect.gen(function*() {
          // First what needs no room.
          yield* remove
          if (before >= end && end > active.segment.first) {
            yield* rotate.pipe(Effect.catch(() => Effect.andThen(giveReserve, rotate)))
            yield* remove
          }
          released = Math.max(released, Math.min(before, end))
        })
        return oneAtATime.withPermit(Effect.uninterruptible(forget))
      }

      const read = (from: SpoolPosition, to: SpoolPosition): Stream.Stream<SpoolChunk, SpoolError> =>
        Stream.suspend(() =>
          Stream.fromIterable(
            segments.filter((each, index) => each.first < to && (segments[index + 1]?.first ?? Infinity) > from)
          ).pipe(
            Stream.flatMap((segment) =>
              Stream.paginate(Segments.partOf(segment, from), (part) =>
                Effect.tryPromise({
                  try: () => Segments.read(segment, from, to, part),
                  catch: unavailable("read", segment.path)
                }).pipe(
                  Effect.tap(({ damagedBytes }) => reportDamage(damagedBytes, segment.path)),
                  Effect.map(({ chunks, next }) => [chunks, Option.fromNullishOr(next)] as const)
                ))
            ),
            Stream.mapEffect(parse)
          )
        )

      yield* Effect.gen(function*() {
        while (true) {
          yield* Effect.sleep("1 second")
          if (!dirty) continue
          dirty = false
          yield* oneAtATime.withPermit(Effect.suspend(() => active.file.sync)).pipe(
            Effect.catch((failure) => Effect.logError(`spool: sync failed: ${failure.message}`))
          )
        }
      }).pipe(Effect.forkScoped)

      return Spool.of({
        append,
        end: Effect.sync(() => end),
        begin: Effect.sync(() => released),
        read,
        release,
        lastEventId: found.lastEventId
      })
    })
  )

const reportDamage = (bytes: number, where: string) =>
  bytes === 0 ? Effect.void : Effect.logError(`spool: ${bytes} damaged bytes in ${where}, their events are lost`)

/** The events of a chunk as read; what this version does not understand is logged and left out. */
const parse = Effect.fnUntraced(function*(chunk: Segments.RawChunk) {
  const events: Array<MarketEvent> = []
  const parsed: ReadonlyArray<unknown> = JSON.parse(chunk.json)
  for (const value of parsed.slice(chunk.skip, chunk.take)) {
    const event = decode(value)
    if (Exit.isSuccess(event)) events.push(event.value)
    else yield* Effect.logError(`spool: an event is not understood: ${JSON.stringify(value).slice(0, 2048)}`)
  }
  return { events, end: chunk.end }
})

const attempt = <A>(operation: SpoolError["operation"], where: string, run: () => A): Effect.Effect<A, SpoolError> =>
  Effect.try({ try: run, catch: unavailable(operation, where) })

const unavailable = (operation: SpoolError["operation"], where: string) => (failure: unknown): SpoolError =>
  new SpoolError({ operation, reason: new Unavailable({ where, detail: String(failure) }) })
