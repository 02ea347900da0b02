/** `gamma …`: every call of the venue's catalogue. */
import { Effect, Layer } from "effect"
import * as Http from "../client/Http.ts"
import { Gamma } from "../client/polymarket/Gamma.ts"
import * as Calls from "../client/polymarket/gamma/Endpoints.ts"
import { commandOf, groupOf } from "./EndpointCommands.ts"
import { addressOf } from "./Venue.ts"

const make = Effect.fnUntraced(function*(file: string | undefined) {
  const layer = Gamma.layer(yield* addressOf(file, "gamma")).pipe(Layer.provide(Http.layerTransport))
  return yield* Effect.provide(Gamma, yield* Layer.build(layer))
})

/** Everything Gamma knows. */
export const gammaCommand = groupOf(
  "gamma",
  "The venue's catalogue: markets, events, tags, series, sports, comments, people, search.",
  make,
  [
    commandOf(Calls.markets),
    commandOf(Calls.market),
    commandOf(Calls.marketBySlug),
    commandOf(Calls.marketTags),
    commandOf(Calls.marketDescription),
    commandOf(Calls.marketsByOffset),
    commandOf(Calls.events),
    commandOf(Calls.event),
    commandOf(Calls.eventBySlug),
    commandOf(Calls.eventTags),
    commandOf(Calls.eventsByOffset),
    commandOf(Calls.tags),
    commandOf(Calls.tag),
    commandOf(Calls.tagBySlug),
    commandOf(Calls.relatedTags),
    commandOf(Calls.relatedTagsBySlug),
    commandOf(Calls.tagsRelatedTo),
    commandOf(Calls.tagsRelatedToSlug),
    commandOf(Calls.seriesList),
    commandOf(Calls.series),
    commandOf(Calls.seriesSummary),
    commandOf(Calls.sports),
    commandOf(Calls.sportsMarketTypes),
    commandOf(Calls.teams),
    commandOf(Calls.comments),
    commandOf(Calls.comment),
    commandOf(Calls.commentsOf),
    commandOf(Calls.search),
    commandOf(Calls.profile)
  ]
)
