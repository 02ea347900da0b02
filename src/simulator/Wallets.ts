/**
 * What wallets hold, in millionths: pUSD and shares by token. Balances are those of the chain: they change when a trade is mined. What open orders
 * may take and matched trades will take is promised, and cannot be promised twice. Every share of an outcome is one half of a minted pair, whose
 * pUSD lies aside until the pair is merged or the market pays out; so all pUSD together is always what was deposited.
 */
import { unit } from "../domain/Micro.ts"
import type { Account } from "./Accounts.ts"
import { checksummed } from "./Ethereum.ts"
import { productDown } from "./exchange/Amounts.ts"

/** pUSD that a funded wallet begins with. */
const funds = 10_000 * unit

/** The contracts that may take what a wallet approved: standard, neg risk, Protocol V2. */
export const spenders = {
  standard: "0xE111180000d2663C0091e4f400237545B87B996B",
  negativeRisk: "0xe2222d279d744050d28e00520010520000310F59",
  v2: "0xe3333700cA9d93003F00f0F71f8515005F6c00Aa"
} as const

const everything = (2n ** 256n - 1n).toString()

/** Where takers' fees go. */
export const feeAccount = "0x00000000000000000000000000000000000000fE"

/** Who stands behind levels that come from outside of the exchange; it is given what it lacks, as a deposit. */
export const outside = "0x0000000000000000000000000000000000000099"

/** One outcome's shares of a wallet. */
export interface Holding {
  size: number
  /** pUSD paid for what is held and was sold. */
  bought: number
  /** Shares ever bought. */
  boughtSize: number
  realized: number
}

interface Wallet {
  collateral: number
  readonly holdings: Map<string, Holding>
  /** By token; "" for pUSD. */
  readonly promised: Map<string, number>
  /** By contract; absent: everything. */
  readonly allowances: Map<string, number>
}

/** One side of a trade that is mined. */
export interface Transfer {
  readonly wallet: string
  readonly assetId: string
  readonly side: "BUY" | "SELL"
  readonly size: number
  readonly money: number
  readonly fee: number
}

/** All wallets. */
export class Wallets {
  readonly #wallets = new Map<string, Wallet>()
  /** Minted pairs by market: as many shares of each outcome are about. */
  readonly #pairs = new Map<string, number>()
  #deposits = 0

  constructor(accounts: ReadonlyArray<Account>) {
    for (const { funder } of accounts) this.deposit(funder, funds)
  }

  /** Gives a wallet pUSD from outside. */
  deposit(address: string, amount: number): void {
    this.#walletOf(address).collateral += amount
    this.#deposits += amount
  }

  /** Gives a wallet pairs of a market, whose pUSD is a deposit. */
  depositPairs(address: string, market: string, assetIds: ReadonlyArray<string>, size: number): void {
    this.#deposits += size
    this.#pairs.set(market, this.pairs(market) + size)
    for (const assetId of assetIds) {
      const holding = this.#holdingOf(address, assetId)
      holding.size += size
      holding.bought += size / assetIds.length
      holding.boughtSize += size
    }
  }

  /** All pUSD ever given to wallets. */
  get deposits(): number {
    return this.#deposits
  }

  /** pUSD of all wallets and of all minted pairs: what was deposited. */
  get total(): number {
    let sum = 0
    for (const { collateral } of this.#wallets.values()) sum += collateral
    for (const pairs of this.#pairs.values()) sum += pairs
    return sum
  }

  /** Minted pairs of a market. */
  pairs(market: string): number {
    return this.#pairs.get(market) ?? 0
  }

  /** Shares of a token over all wallets. */
  supply(assetId: string): number {
    let sum = 0
    for (const { holdings } of this.#wallets.values()) sum += holdings.get(assetId)?.size ?? 0
    return sum
  }

  /** pUSD of a wallet. */
  collateral(address: string): number {
    return this.#wallets.get(address)?.collateral ?? 0
  }

  /** Shares of a token. */
  shares(address: string, assetId: string): number {
    return this.#wallets.get(address)?.holdings.get(assetId)?.size ?? 0
  }

  /** What a wallet may still promise: pUSD ("") or shares of a token. Below nothing when it promised more than it has. */
  available(address: string, assetId: string): number {
    const wallet = this.#wallets.get(address)
    if (wallet === undefined) return 0
    const held = assetId === "" ? wallet.collateral : wallet.holdings.get(assetId)?.size ?? 0
    return held - (wallet.promised.get(assetId) ?? 0)
  }

  /** Promises pUSD ("") or shares of a token; less than nothing takes a promise back. The one outside is not held to any. */
  promise(address: string, assetId: string, amount: number): void {
    if (amount === 0 || address === outside) return
    const { promised } = this.#walletOf(address)
    const sum = (promised.get(assetId) ?? 0) + amount
    if (sum === 0) promised.delete(assetId)
    else promised.set(assetId, sum)
  }

  /** What is promised of pUSD ("") or a token. */
  promised(address: string, assetId: string): number {
    return this.#wallets.get(address)?.promised.get(assetId) ?? 0
  }

  /** What a contract may take of a wallet's pUSD or, as all or nothing, of its shares. */
  allowed(address: string, spender: string): number {
    return this.#wallets.get(address)?.allowances.get(spender) ?? Number.POSITIVE_INFINITY
  }

  /** Sets what a contract may take; absent: everything. */
  approve(address: string, spender: string, amount?: number): void {
    const { allowances } = this.#walletOf(address)
    if (amount === undefined) allowances.delete(spender)
    else allowances.set(spender, amount)
  }

  /**
   * Moves what a trade moves, all sides at once. What buyers pay over what sellers get becomes pairs; the other way round pairs are merged.
   * `assetIds` are the market's two.
   */
  settle(market: string, assetIds: ReadonlyArray<string>, transfers: ReadonlyArray<Transfer>): void {
    let pairs = 0
    for (const { assetId, fee, money, side, size, wallet } of transfers) {
      if (wallet === outside) {
        this.#provide(market, assetIds, side === "BUY" ? { money: money + fee } : { assetId, size })
      }
      const from = this.#walletOf(wallet)
      const holding = this.#holdingOf(wallet, assetId)
      if (side === "BUY") {
        from.collateral -= money + fee
        holding.size += size
        holding.bought += money
        holding.boughtSize += size
        pairs += money
      } else {
        from.collateral += money - fee
        holding.realized += money - productDown(averagePrice(holding), size)
        holding.size -= size
        pairs -= money
      }
      if (fee > 0) this.#walletOf(feeAccount).collateral += fee
    }
    this.#pairs.set(market, this.pairs(market) + pairs)
  }

  /** Pays one pUSD for each share of the outcome that won and nothing for the others. */
  payOut(market: string, assetIds: ReadonlyArray<string>, winner: string): ReadonlyArray<PayOut> {
    const paid: Array<PayOut> = []
    for (const [address, wallet] of this.#wallets) {
      for (const assetId of assetIds) {
        const holding = wallet.holdings.get(assetId)
        if (holding === undefined || holding.size === 0) continue
        const money = assetId === winner ? holding.size : 0
        wallet.collateral += money
        holding.realized += money - productDown(averagePrice(holding), holding.size)
        paid.push({ wallet: address, assetId, size: holding.size, money })
        holding.size = 0
      }
    }
    this.#pairs.set(market, 0)
    return paid
  }

  /** Every outcome a wallet ever held. */
  holdings(address: string): ReadonlyMap<string, Holding> {
    return this.#wallets.get(nameOf(address))?.holdings ?? new Map()
  }

  /** Wallets that hold shares of a token, most first. */
  holders(assetId: string): ReadonlyArray<{ readonly address: string; readonly size: number }> {
    return [...this.#wallets].map(([address, { holdings }]) => ({ address, size: holdings.get(assetId)?.size ?? 0 }))
      .filter(({ size }) => size > 0).sort((a, b) => b.size - a.size)
  }

  /** True when there is such a wallet. */
  has(address: string): boolean {
    return this.#wallets.has(nameOf(address))
  }

  /** Every wallet's address, in order of appearance. */
  addresses(): ReadonlyArray<string> {
    return [...this.#wallets.keys()]
  }

  /** The answer of `/balance-allowance`. */
  allowance(address: string, assetId: string | undefined): Readonly<Record<string, unknown>> {
    const wallet = this.#wallets.get(address)
    const text = (spender: string): string => {
      if (wallet === undefined) return "0"
      const amount = wallet.allowances.get(spender)
      return amount === undefined || (assetId !== undefined && amount > 0) ? everything : String(amount)
    }
    return {
      balance: String(assetId === undefined ? this.collateral(address) : this.shares(address, assetId)),
      allowances: Object.fromEntries(Object.values(spenders).map((spender) => [spender, text(spender)]))
    }
  }

  #provide(
    market: string,
    assetIds: ReadonlyArray<string>,
    lack: { readonly money: number } | { readonly assetId: string; readonly size: number }
  ): void {
    if ("money" in lack) {
      const missing = lack.money - this.collateral(outside)
      if (missing > 0) this.deposit(outside, missing)
      return
    }
    const missing = lack.size - this.shares(outside, lack.assetId)
    if (missing > 0) this.depositPairs(outside, market, assetIds, missing)
  }

  #walletOf(address: string): Wallet {
    let wallet = this.#wallets.get(address)
    if (wallet === undefined) {
      wallet = { collateral: 0, holdings: new Map(), promised: new Map(), allowances: new Map() }
      this.#wallets.set(address, wallet)
    }
    return wallet
  }

  #holdingOf(address: string, assetId: string): Holding {
    const { holdings } = this.#walletOf(address)
    let holding = holdings.get(assetId)
    if (holding === undefined) holdings.set(assetId, holding = { size: 0, bought: 0, boughtSize: 0, realized: 0 })
    return holding
  }
}

/** What a wallet's shares were worth when their market was resolved. */
export interface PayOut {
  readonly wallet: string
  readonly assetId: string
  readonly size: number
  readonly money: number
}

/** What a share cost on average, millionths. */
export const averagePrice = ({ bought, boughtSize }: Holding): number =>
  boughtSize === 0 ? 0 : Math.round(bought * unit / boughtSize)

const nameOf = (address: string): string => /^0x[0-9a-fA-F]{40}$/.test(address) ? checksummed(address) : address
