/**
 * Messages of the sports socket: the state of a game. Only the slug is certain; two documented shapes share the rest.
 * @see https://docs.polymarket.com/api-reference/wss/sports
 */
import { Schema } from "effect"
import { maybe, NumberOrText } from "../../Wire.ts"

/** A game as it stands. */
export const SportsMessage = Schema.Struct({
  slug: Schema.String,
  gameId: maybe(NumberOrText),
  leagueAbbreviation: maybe(Schema.String),
  homeTeam: maybe(Schema.String),
  awayTeam: maybe(Schema.String),
  status: maybe(Schema.String),
  live: maybe(Schema.Boolean),
  ended: maybe(Schema.Boolean),
  /** Text, for example "3-16" or "000-000|2-0|Bo3". */
  score: maybe(Schema.String),
  period: maybe(Schema.String),
  elapsed: maybe(Schema.String),
  turn: maybe(Schema.String),
  last_update: maybe(NumberOrText),
  finished_timestamp: maybe(NumberOrText)
})
export type SportsMessage = typeof SportsMessage.Type
