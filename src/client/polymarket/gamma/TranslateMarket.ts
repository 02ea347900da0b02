/**
 * From Gamma's market to the domain's. Pure. A market that cannot be traded as it is described is refused with the reason:
 * an unknown version, no tokens, fees without a schedule.
 */
import type { AssetId } from "../../../domain/Asset.ts"
import * as Decimal from "../../../domain/Decimal.ts"
import { conditionIdFromText, type FeeSchedule, type Market, type MarketStatus } from "../../../domain/Market.ts"
import * as Size from "../../../domain/Size.ts"
import * as TickSize from "../../../domain/TickSize.ts"
import { assetOf, Misfit } from "../clob/TranslateMarketMessage.ts"
import type { GammaMarket } from "./MarketSchema.ts"

/** What old crypto markets, which carry no schedule, take. */
const legacyCryptoFee: FeeSchedule = { rate: "0.25" as Decimal.Decimal, exponent: 2 }

const statusOf = (wire: GammaMarket): MarketStatus => {
  if (wire.umaResolutionStatus === "resolved" || wire.resolutionStatus === "resolved") return "resolved"
  if (wire.closed === true || wire.archived === true) return "closed"
  const isContested = wire.umaResolutionStatus === "proposed" || wire.umaResolutionStatus === "disputed"
  const isOff = wire.acceptingOrders === false || wire.enableOrderBook === false || wire.active === false
  return isOff || isContested ? "paused" : "open"
}

const feeOf = (wire: GammaMarket): FeeSchedule | undefined | Misfit => {
  if (wire.feesEnabled !== true) return undefined
  const schedule = wire.feeSchedule
  if (schedule === undefined || schedule === null) {
    return wire.feeType === "crypto_fees"
      ? legacyCryptoFee
      : new Misfit("fees are enabled, but there is no feeSchedule")
  }
  const rate = Decimal.fromNumber(schedule.rate)
  if (rate === undefined || rate.startsWith("-")) return new Misfit(`feeSchedule.rate is ${schedule.rate}`)
  const { exponent } = schedule
  return Number.isInteger(exponent) && exponent >= 0 && exponent <= 8
    ? { rate, exponent }
    : new Misfit(`feeSchedule.exponent is ${exponent}`)
}

const decimalOf = (value: number | null | undefined): Decimal.Decimal | undefined =>
  value === null || value === undefined ? undefined : Decimal.fromNumber(value)

/** Translates a market, or says why it cannot be traded. */
export const translateMarket = (wire: GammaMarket): Market | Misfit => {
  const conditionId = conditionIdFromText(wire.conditionId ?? "")
  if (conditionId === undefined) return new Misfit("conditionId is missing or malformed")
  const version = wire.version ?? "v1"
  if (version !== "v1" && version !== "v2") return new Misfit(`version is ${version}, expected v1 or v2`)
  const tokens = (version === "v1" ? wire.clobTokenIds : wire.positionIds) ?? []
  const names = wire.outcomes ?? []
  if (tokens.length < 2 || tokens.length !== names.length) {
    return new Misfit(`there are ${names.length} outcomes and ${tokens.length} tokens`)
  }
  const outcomes: Array<{ name: string; assetId: AssetId }> = []
  for (const [index, name] of names.entries()) {
    const assetId = assetOf(tokens[index] as string)
    if (assetId === undefined) return new Misfit("a token id is malformed")
    outcomes.push({ name, assetId })
  }
  const tickSize = TickSize.fromText(Decimal.fromNumber(wire.orderPriceMinTickSize ?? Number.NaN) ?? "")
  if (tickSize === undefined) return new Misfit(`orderPriceMinTickSize is ${wire.orderPriceMinTickSize}`)
  const minimumSize = Size.fromText(Decimal.fromNumber(wire.orderMinSize ?? Number.NaN) ?? "")
  if (minimumSize === undefined) return new Misfit(`orderMinSize is ${wire.orderMinSize}`)
  const fee = feeOf(wire)
  if (fee instanceof Misfit) return fee
  const endTime = wire.endDate === null || wire.endDate === undefined ? Number.NaN : Date.parse(wire.endDate)
  const volume24h = decimalOf(wire.volume24hr)
  const liquidity = decimalOf(wire.liquidityNum)
  return {
    conditionId,
    slug: wire.slug ?? "",
    question: wire.question ?? "",
    outcomes,
    tickSize,
    minimumSize,
    negativeRisk: wire.negRisk ?? false,
    version,
    status: statusOf(wire),
    ...(fee === undefined ? {} : { fee }),
    ...(Number.isNaN(endTime) ? {} : { endTime }),
    ...(volume24h === undefined ? {} : { volume24h }),
    ...(liquidity === undefined ? {} : { liquidity })
  }
}
