/**
 * What the engine owns and has asked for: cash, positions and orders, as a fold over intents and their outcomes. Exact, in base
 * units. Risk reads it, and reserves in it before anything is sent, so that intents cannot breach a limit together.
 */
import { Context, Layer } from "effect"
import { Effect } from "effect"
import type { AssetId } from "../domain/Asset.ts"
import * as Decimal from "../domain/Decimal.ts"
import * as Micro from "../domain/Micro.ts"
import { notionalDown, notionalUp } from "../domain/Money.ts"
import type { Money } from "../domain/Money.ts"
import { isFinal } from "../domain/Order.ts"
import type { Intent, IntentId, OrderStatus } from "../domain/Order.ts"
import * as Position from "../domain/Position.ts"
import type { Price } from "../domain/Price.ts"
import type { Size } from "../domain/Size.ts"
import { micro, Settings } from "../Settings.ts"
import type { OutcomeRecord } from "./Journal.ts"

/** An order as known so far. */
export interface OwnOrder {
  readonly intent: Intent
  readonly status: OrderStatus
  readonly filledSize: Size
  /** What the fills cost or brought, without fees. */
  readonly notional: Money
  /** What the venue said last of why it was refused, rejected or canceled. */
  readonly reason?: string | undefined
}

/** Profit and loss, pUSD in base units. */
export interface ProfitAndLoss {
  readonly realized: Money
  readonly unrealized: Money
  readonly fees: Money
}

/** The account. Changed in place. */
export class Account {
  private cash: number
  private readonly positions = new Map<AssetId, Position.Position>()
  private readonly orders = new Map<IntentId, OwnOrder>()
  private readonly open = new Set<IntentId>()
  private readonly statuses = new Map<OrderStatus, number>()
  private fillCount = 0

  constructor(cash: Money) {
    this.cash = cash
  }

  /** Puts an intent in as a pending order: its money or shares are spoken for from here on. */
  reserve(intent: Intent): void {
    if (this.orders.has(intent.intentId)) return
    this.orders.set(intent.intentId, { intent, status: "pending", filledSize: 0 as Size, notional: 0 as Money })
    this.open.add(intent.intentId)
    this.count("pending", 1)
  }

  /** Takes an outcome into account; `undefined` when the order is unknown or already at its end. */
  settle(outcome: Pick<OutcomeRecord, "intentId" | "status" | "fill" | "reason">): OwnOrder | undefined {
    const before = this.orders.get(outcome.intentId)
    if (before === undefined || isFinal(before.status)) return undefined
    const { fill } = outcome
    const { assetId, side } = before.intent
    let { filledSize, notional } = before
    if (fill !== undefined) {
      const value = side === "buy" ? notionalUp(fill.price, fill.size) : notionalDown(fill.price, fill.size)
      filledSize = (filledSize + fill.size) as Size
      notional = (notional + value) as Money
      this.positions.set(assetId, Position.applyFill(this.position(assetId), side, fill))
      this.cash += (side === "buy" ? -value : value) - fill.fee
      this.fillCount++
    }
    const reason = outcome.reason ?? before.reason
    const after: OwnOrder = {
      intent: before.intent,
      status: outcome.status,
      filledSize,
      notional,
      ...(reason === undefined ? {} : { reason })
    }
    this.orders.set(outcome.intentId, after)
    this.count(before.status, -1)
    this.count(after.status, 1)
    if (isFinal(after.status)) this.open.delete(outcome.intentId)
    return after
  }

  /** An order by its intent. */
  order(intentId: IntentId): OwnOrder | undefined {
    return this.orders.get(intentId)
  }

  /** Orders that may still fill, those of unknown fate included. */
  openOrders(): ReadonlyArray<OwnOrder> {
    return [...this.open].flatMap((id) => this.orders.get(id) ?? [])
  }

  position(assetId: AssetId): Position.Position {
    return this.positions.get(assetId) ?? Position.empty
  }

  /** Assets that were ever held. */
  assets(): ReadonlyArray<AssetId> {
    return [...this.positions.keys()]
  }

  /** Shares of an asset that open orders would still buy or sell. */
  openSize(assetId: AssetId, side: "buy" | "sell"): Size {
    let size = 0
    for (const { filledSize, intent } of this.openOrders()) {
      if (intent.assetId === assetId && intent.side === side) size += intent.size - filledSize
    }
    return size as Size
  }

  /** Cash that no open buy order may still need. */
  freeCash(): Money {
    let reserved = 0
    for (const { filledSize, intent, notional } of this.openOrders()) {
      if (intent.side !== "buy") continue
      reserved += intent.amount === undefined
        ? notionalUp(intent.price, (intent.size - filledSize) as Size)
        : Math.max(0, intent.amount - notional)
    }
    return (this.cash - reserved) as Money
  }

  /** Orders by status, and fills so far. */
  counts(): { readonly orders: Record<string, number>; readonly fills: number } {
    const orders = Object.fromEntries([...this.statuses].filter(([, count]) => count > 0))
    return { orders, fills: this.fillCount }
  }

  /** Counts an order that the risk gate refused: it was never written down as an intent. */
  countRefused(): void {
    this.count("refused", 1)
  }

  /** Profit and loss, positions valued by `priceOf`; an asset without a price is valued at its cost. */
  profitAndLoss(priceOf: (assetId: AssetId) => Price | undefined): ProfitAndLoss {
    let realized = 0
    let unrealized = 0
    let fees = 0
    for (const [assetId, position] of this.positions) {
      realized += position.realized
      fees += position.fees
      const price = priceOf(assetId)
      if (price !== undefined) unrealized += Position.unrealized(position, price)
    }
    return { realized: realized as Money, unrealized: unrealized as Money, fees: fees as Money }
  }

  private count(status: OrderStatus, by: number): void {
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + by)
  }
}

/** pUSD per share on average of an order's fills, to 6 decimals; `undefined` before the first. */
export const averagePriceOf = (order: OwnOrder): Decimal.Decimal | undefined =>
  order.filledSize === 0
    ? undefined
    : Decimal.fromScaled(BigInt(order.notional) * BigInt(Micro.unit) / BigInt(order.filledSize), 6)

export class Portfolio extends Context.Service<Portfolio, Account>()("polymarket-hft/engine/Portfolio") {
  /** Starts with the paper cash of the settings. */
  static readonly layer = Layer.effect(
    Portfolio,
    Effect.gen(function*() {
      const settings = yield* Settings
      return Portfolio.of(new Account(micro(settings.paper.cash) as Money))
    })
  )
}
