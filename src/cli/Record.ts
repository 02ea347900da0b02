/** `record`: the frames of the market channel as they come, without an engine. */
import { Effect, Option, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import type { Market } from "../domain/Market.ts"
import * as Span from "../domain/Span.ts"
import * as Exit from "./Exit.ts"
import { told } from "./RecordTold.ts"
import { addresses, endpointsFlag } from "./Venue.ts"

/** Records until told to stop. */
export const recordCommand = Command.make(
  "record",
  {
    out: Flag.String("out").pipe(
      Flag.withDescription("Folder for the files (.jsonl.gz)"),
      Flag.withDefault("recordings")
    ),
    markets: Flag.String("markets").pipe(
      Flag.withDescription("Markets to record: slugs or condition ids, comma separated"),
      Flag.optional
    ),
    top: Flag.Int("top").pipe(
      Flag.withDescription("Record the N busiest markets of the last 24 hours; 20 when none are named"),
      Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5_000 }))),
      Flag.optional
    ),
    for: Flag.String("for").pipe(
      Flag.withDescription("Stop after this long: 20s, 5m, 1h"),
      Flag.withSchema(Span.Span),
      Flag.optional
    ),
    endpoints: endpointsFlag
  },
  Effect.fn(function*(given) {
    const { record } = yield* Effect.promise(() => import("./RecordMarkets.ts"))
    const App = yield* Effect.promise(() => import("../App.ts"))
    const venue = yield* addresses(given.endpoints)
    const { clob, gamma, marketSocket } = venue
    if (clob === undefined || gamma === undefined || marketSocket === undefined) {
      return yield* new Exit.Failed({
        code: Exit.usage,
        message: "expected addresses of clob, gamma and marketSocket in the endpoints"
      })
    }
    const names = Option.match(given.markets, {
      onNone: () => [],
      onSome: (list) => list.split(",").map((name) => name.trim()).filter((name) => name !== "")
    })
    const top = Option.getOrElse(given.top, () => names.length === 0 ? 20 : 0)
    let markets: ReadonlyArray<Market> = []
    const chosen = (some: ReadonlyArray<Market>) => {
      markets = some
    }
    const recording = record({ clob, gamma, marketSocket, names, top, chosen }).pipe(
      Effect.provide(App.recording(given.out, () => markets, told(given.out)))
    )
    yield* Option.match(given.for, {
      onNone: () => recording,
      onSome: (ms) => Effect.asVoid(Effect.timeoutOption(recording, ms))
    }).pipe(
      Effect.catchTag("RecordingError", (error) => new Exit.Failed({ code: Exit.usage, message: error.message }))
    )
  }, Effect.scoped)
).pipe(
  Command.withShortDescription("Write the market channel's frames into files"),
  Command.withDescription(
    "Writes every frame of the market channel into gzipped files, a line each, until it is stopped. simulate --recording plays such a file; several " +
      "files of one recording joined in their order (cat) are one file. run --record DIR does the same during a run."
  ),
  Command.withExamples([{
    command: "record --top 5 --out recordings --for 1h",
    description: "The five busiest markets for an hour"
  }])
)
