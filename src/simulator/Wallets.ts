/** What wallets hold, in millionths: pUSD and shares by token. The simulator's own accounts begin funded, all others empty. */
import { getAddress } from "viem/utils"
import { unit } from "../domain/Micro.ts"
import type { Account } from "./Accounts.ts"

/** pUSD that a funded wallet begins with. */
const funds = 10_000 * unit

/** The contracts that may take what a wallet approved. */
const spenders = [
  "0xE111180000d2663C0091e4f400237545B87B996B",
  "0xe2222d279d744050d28e00520010520000310F59",
  "0xe3333700cA9d93003F00f0F71f8515005F6c00Aa"
]

const everything = (2n ** 256n - 1n).toString()

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
}

/** All wallets. */
export class Wallets {
  readonly #wallets = new Map<string, Wallet>()

  constructor(accounts: ReadonlyArray<Account>) {
    for (const { funder } of accounts) this.#wallets.set(funder, { collateral: funds, holdings: new Map() })
  }

  /** pUSD of a wallet. */
  collateral(address: string): number {
    return this.#wallets.get(address)?.collateral ?? 0
  }

  /** Shares of a token. */
  shares(address: string, assetId: string): number {
    return this.#wallets.get(address)?.holdings.get(assetId)?.size ?? 0
  }

  /** Every outcome a wallet ever held. */
  holdings(address: string): ReadonlyMap<string, Holding> {
    return this.#wallets.get(checksummed(address))?.holdings ?? new Map()
  }

  /** Wallets that hold shares of a token, most first. */
  holders(assetId: string): ReadonlyArray<{ readonly address: string; readonly size: number }> {
    return [...this.#wallets].map(([address, { holdings }]) => ({ address, size: holdings.get(assetId)?.size ?? 0 }))
      .filter(({ size }) => size > 0).sort((a, b) => b.size - a.size)
  }

  /** True when there is such a wallet. */
  has(address: string): boolean {
    return this.#wallets.has(checksummed(address))
  }

  /** Moves money and shares of a fill: `size` shares at `price`, and a fee. */
  settle(address: string, assetId: string, side: "BUY" | "SELL", price: number, size: number, fee: number): void {
    const wallet = this.#wallets.get(address)
    if (wallet === undefined) return
    let holding = wallet.holdings.get(assetId)
    if (holding === undefined) {
      wallet.holdings.set(assetId, holding = { size: 0, bought: 0, boughtSize: 0, realized: 0 })
    }
    const notional = Math.round(price * size / unit)
    if (side === "BUY") {
      wallet.collateral -= notional + fee
      holding.size += size
      holding.bought += notional
      holding.boughtSize += size
    } else {
      wallet.collateral += notional - fee
      holding.size -= size
      holding.realized += notional - Math.round(averagePrice(holding) * size / unit)
    }
  }

  /** The answer of `/balance-allowance`. */
  allowance(address: string, assetId: string | undefined): Readonly<Record<string, unknown>> {
    const known = this.#wallets.has(address)
    return {
      balance: String(assetId === undefined ? this.collateral(address) : this.shares(address, assetId)),
      allowances: Object.fromEntries(spenders.map((spender) => [spender, known ? everything : "0"]))
    }
  }
}

/** What a share cost on average, millionths. */
export const averagePrice = ({ bought, boughtSize }: Holding): number =>
  boughtSize === 0 ? 0 : Math.round(bought * unit / boughtSize)

const checksummed = (address: string): string => /^0x[0-9a-fA-F]{40}$/.test(address) ? getAddress(address) : address
