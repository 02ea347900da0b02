/**
 * The archive in PostgreSQL, on a server or embedded: a table per tag (`Tables.ts`), a batch is one `insert` of a column
 * per array, rows whose key is there are skipped. The database must be migrated, see `Migrate.ts`.
 */
import { Duration, Effect, Exit, Fiber, Layer, Option, Schema, Stream } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { Malformed, type Reason, Rejected, Unavailable } from "../../domain/Failure.ts"
import { EventStore, EventStoreError } from "../../engine/EventStore.ts"
import { type EventTag, MarketEvent } from "../../engine/MarketEvent.ts"
import { reasonOf } from "./Failures.ts"
import type { Row, Table } from "./Table.ts"
import { tables } from "./Tables.ts"

/** How the store treats its database. */
export interface Options {
  /** Longest wait for a statement; without it a statement is waited for. */
  readonly timeout?: Duration.Input
  /** Told what was stored. */
  readonly stored?: (events: ReadonlyArray<MarketEvent>) => Effect.Effect<void>
  /** What `checkpoint` does; by default nothing, as a server's commit is durable. */
  readonly checkpoint?: Effect.Effect<void, Reason>
  /** What was lost when the database was opened, in words; absent when nothing was. */
  readonly lost?: string
  /** `replay` begins after this id; absent: with the oldest. */
  readonly after?: number
}

/** Events read at once by `replay`. */
const pageSize = 1000

const decode = Schema.decodeUnknownExit(MarketEvent)

/** The archive in the database of the client. */
export const layer = (options: Options = {}): Layer.Layer<EventStore, never, SqlClient.SqlClient> =>
  Layer.effect(
    EventStore,
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient

      const query = (
        operation: EventStoreError["operation"],
        where: string,
        text: string,
        parameters: ReadonlyArray<unknown>
      ): Effect.Effect<ReadonlyArray<Row>, EventStoreError> => {
        const rows = sql.unsafe<Row>(text, parameters).pipe(Effect.mapError(failure(operation, where)))
        const { timeout } = options
        return timeout === undefined ? rows : unattended(rows).pipe(
          Effect.timeoutOrElse({
            duration: timeout,
            orElse: () =>
              Effect.fail(
                new EventStoreError({
                  operation,
                  reason: new Unavailable({
                    where,
                    detail: `no answer in ${Duration.format(Duration.fromInputUnsafe(timeout))}`
                  })
                })
              )
          })
        )
      }

      const append = (tag: EventTag, events: ReadonlyArray<MarketEvent>): Effect.Effect<void, EventStoreError> => {
        const table = tables.get(tag)
        if (table === undefined) return Effect.fail(noTable(tag))
        if (events.length === 0) return Effect.void
        return Effect.try({ try: () => table.parameters(events), catch: unencodable(table.name) }).pipe(
          Effect.flatMap((parameters) => query("append", table.name, table.insert, parameters)),
          Effect.andThen(options.stored?.(events) ?? Effect.void)
        )
      }

      const readTable = (table: Table, after: number, upTo: number) =>
        query("replay", table.name, `select ${table.columns} from ${table.name} where id > $1 and id <= $2`, [
          after,
          upTo
        ]).pipe(Effect.flatMap((rows) => decodeRows(table, rows)))

      /** The events after an id, ordered, at most a page of them; none when the archive ends there. */
      const page = Effect.fnUntraced(function*(after: number) {
        const bound = yield* query("replay", "archive", boundQuery, [after])
        const last = bound[0]?.["last"]
        if (last === null || last === undefined) return []
        const upTo = Number(last)
        const found: Array<MarketEvent> = []
        for (const table of tables.values()) found.push(...yield* readTable(table, after, upTo))
        return found.sort((a, b) => a.id - b.id)
      })

      return EventStore.of({
        ...(options.lost === undefined ? {} : { lost: options.lost }),
        append,
        checkpoint: (options.checkpoint ?? Effect.void).pipe(
          Effect.mapError((reason) => new EventStoreError({ operation: "checkpoint", reason }))
        ),
        replay: Stream.paginate(options.after ?? -1, (after: number) =>
          Effect.map(page(after), (events) =>
            [events, Option.fromNullishOr(events.at(-1)?.id)] as const))
      })
    })
  )

/** Runs an effect whose interruption nobody waits for: a client goes on waiting for the answer to a statement it gave up. */
const unattended = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(
    Effect.forkDetach(effect, { startImmediately: true }),
    (fiber) => Effect.onInterrupt(Fiber.join(fiber), () => Effect.sync(() => fiber.interruptUnsafe()))
  )

/** The id of the last event of the page after $1. */
const boundQuery = `select max(id) as last from (select id from (${
  [...tables.values()].map(({ name }) => `(select id from ${name} where id > $1 order by id limit ${pageSize})`).join(
    " union all "
  )
}) as heads order by id limit ${pageSize}) as page`

const decodeRows = (table: Table, rows: ReadonlyArray<Row>): Effect.Effect<Array<MarketEvent>, EventStoreError> => {
  const events: Array<MarketEvent> = []
  for (const row of rows) {
    const event = decode(table.read(row))
    if (Exit.isFailure(event)) {
      return Effect.fail(
        new EventStoreError({
          operation: "replay",
          reason: new Malformed({ where: table.name, issue: `row ${String(row["id"])} is no event` })
        })
      )
    }
    events.push(event.value)
  }
  return Effect.succeed(events)
}

/** A value that cannot even be sent. */
const unencodable = (where: string) => (error: unknown): EventStoreError =>
  new EventStoreError({
    operation: "append",
    reason: new Rejected({ where, code: "unencodable", detail: String(error).slice(0, 2048) })
  })

const noTable = (tag: EventTag): EventStoreError =>
  new EventStoreError({
    operation: "append",
    reason: new Rejected({ where: "archive", code: "no table", detail: `${tag} is not archived` })
  })

const failure = (operation: EventStoreError["operation"], where: string) => (error: SqlError.SqlError) =>
  new EventStoreError({ operation, reason: reasonOf(where, error) })
