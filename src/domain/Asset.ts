/**
 * The token of one outcome. The wire says asset_id, token_id, clobTokenIds or positionIds.
 * @see https://docs.polymarket.com/api-reference/wss/market
 */
import { Schema } from "effect"

/**
 * What prices are of: a 256 bit token id as decimal text (always text: it exceeds every number type), or the name of a
 * crypto or equity symbol in upper case such as "BTC".
 */
export const AssetId = Schema.String.check(
  Schema.isMinLength(1),
  Schema.isMaxLength(78),
  Schema.isPattern(/^(?:\d+|[A-Z][A-Z0-9./-]*)$/)
).pipe(Schema.brand("AssetId"))
export type AssetId = typeof AssetId.Type

/** True for a token of an outcome, false for a symbol. */
export const isToken = (assetId: AssetId): boolean => {
  const code = assetId.charCodeAt(0)
  return code >= 48 && code <= 57
}
