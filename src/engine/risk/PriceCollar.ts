/** No order may leave on a book that is not to be believed, nor at a price far beyond it. */
import * as Micro from "../../domain/Micro.ts"
import type { RiskCheck } from "./Refusal.ts"

/** Refuses without a usable book, and beyond `risk.priceCollar` past the best opposite price. */
export const priceCollar: RiskCheck = ({ book, limits, request }) => {
  const refuse = (reason: string) => ({ check: "priceCollar", reason })
  if (book === undefined) return refuse("expected a fresh, unbroken book, found none")
  const best = request.side === "buy" ? book.bestAsk : book.bestBid
  if (best === undefined) return refuse(`expected somebody to ${request.side === "buy" ? "sell" : "buy"}, found nobody`)
  const beyond = request.side === "buy" ? request.price - best : best - request.price
  return beyond <= limits.priceCollar
    ? undefined
    : refuse(
      `expected a price within ${Micro.format(limits.priceCollar)} of ${Micro.format(best)}, found ${
        Micro.format(request.price)
      }`
    )
}
