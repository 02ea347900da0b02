import { assert, describe, it } from "@effect/vitest"
import {
  AssetType,
  Chain,
  ClobClient,
  type OrderResponse,
  OrderType,
  Side,
  type SignatureTypeV2,
  type SignedOrder
} from "@polymarket/clob-client-v2"
import { Effect } from "effect"
import { createWalletClient, http } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { polygon } from "viem/chains"
import type { Account } from "../../src/simulator/Accounts.ts"
import { eventually, simulate } from "../e2e/Program.ts"

/** What the client gives back instead of throwing. */
interface ErrorBody {
  readonly error: string
  readonly status: number
}

interface Tokens {
  /** Tick 0.01, no fee, no delay. */
  readonly plain: string
  readonly plainMarket: string
  readonly negativeRisk: string
  /** Tick 0.005. */
  readonly coarse: string
  /** Orders that match are held for 50 ms. */
  readonly held: string
}

const tokensOf = (gamma: string, clob: string) =>
  Effect.promise(async () => {
    const found: { -readonly [K in keyof Tokens]: string } = {
      plain: "",
      plainMarket: "",
      negativeRisk: "",
      coarse: "",
      held: ""
    }
    const answer = await fetch(`${gamma}/markets/keyset?limit=100`)
    const { markets } = await answer.json() as { readonly markets: ReadonlyArray<Record<string, unknown>> }
    for (const market of markets) {
      if (market["version"] !== "v1") continue
      const facts = await (await fetch(`${clob}/clob-markets/${String(market["conditionId"])}`)).json() as Record<
        string,
        unknown
      >
      const [token] = JSON.parse(String(market["clobTokenIds"])) as [string]
      const tick = market["orderPriceMinTickSize"]
      if (tick === 0.005) found.coarse ||= token
      if (tick !== 0.01 || facts["sd"] !== undefined) continue
      if (facts["itode"] === true) found.held ||= token
      else if (market["negRisk"] === true) found.negativeRisk ||= token
      else if (market["feesEnabled"] === false && found.plain === "") {
        found.plain = token
        found.plainMarket = String(market["conditionId"])
      }
    }
    return found as Tokens
  })

const clientOf = (
  host: string,
  account: Account,
  creds?: { readonly key: string; readonly secret: string; readonly passphrase: string }
) =>
  new ClobClient({
    host,
    chain: Chain.POLYGON,
    signer: createWalletClient({
      account: privateKeyToAccount(account.privateKey),
      chain: polygon,
      transport: http(host)
    }),
    signatureType: account.signatureType as number as SignatureTypeV2,
    funderAddress: account.funder,
    ...(creds === undefined ? {} : { creds })
  })

const connected = (host: string, account: Account) =>
  Effect.promise(async () => {
    const stranger = clientOf(host, account)
    const creds = await stranger.createOrDeriveApiKey()
    assert.deepStrictEqual(await stranger.deriveApiKey(), creds)
    return clientOf(host, account, creds)
  })

const start = Effect.gen(function*() {
  const { endpoints } = yield* simulate("--markets", "20", "--rate", "0")
  const { accounts } = endpoints as unknown as { readonly accounts: ReadonlyArray<Account> }
  return { ...endpoints, accounts, tokens: yield* tokensOf(endpoints.gamma, endpoints.clob) }
})

/** What was answered, whichever way the venue chose to refuse. */
const said = (answer: OrderResponse | ErrorBody): string =>
  "error" in answer ? `${answer.status} ${answer.error}` : answer.errorMsg

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds

describe("the venue's official client", () => {
  it.live("reads books whose hashes it computes itself", () =>
    Effect.gen(function*() {
      const { accounts, clob, tokens } = yield* start
      const client = clientOf(clob, accounts[0] as Account)
      yield* Effect.promise(async () => {
        const book = await client.getOrderBook(tokens.plain)
        const { hash } = book
        assert.strictEqual(await client.getOrderBookHash({ ...book, hash: "" }), hash)
        assert.isAbove(book.asks.length, 0)
        assert.strictEqual(await client.getTickSize(tokens.coarse), "0.005")
        assert.isTrue(await client.getNegRisk(tokens.negativeRisk))
        assert.strictEqual(
          (await client.getOrderBooks([tokens.plain, tokens.held].map((token_id) => ({ token_id, side: Side.BUY }))))
            .length,
          2
        )
      })
    }).pipe(Effect.scoped))

  it.live(
    "places orders of every type for every signature type, and reads orders, trades and balances",
    () =>
      Effect.gen(function*() {
        const { accounts, clob, tokens } = yield* start
        for (const account of accounts) {
          const client = yield* connected(clob, account)
          const type = `signature type ${account.signatureType}`
          const { ask, fok } = yield* Effect.promise(async () => {
            const gtc = await client.createAndPostOrder({
              tokenID: tokens.plain,
              price: 0.02,
              size: 10,
              side: Side.BUY
            })
            assert.deepStrictEqual([gtc.success, gtc.status], [true, "live"], `${type}: ${said(gtc)}`)
            const neg = await client.createAndPostOrder({
              tokenID: tokens.negativeRisk,
              price: 0.02,
              size: 10,
              side: Side.BUY
            })
            assert.strictEqual(neg.status, "live", `${type}: ${said(neg)}`)
            const gtd = await client.createAndPostOrder(
              { tokenID: tokens.plain, price: 0.02, size: 11, side: Side.BUY, expiration: inSeconds(240) },
              undefined,
              OrderType.GTD
            )
            assert.strictEqual(gtd.status, "live", `${type}: ${said(gtd)}`)
            const post = await client.createAndPostOrder(
              { tokenID: tokens.plain, price: 0.02, size: 12, side: Side.BUY },
              undefined,
              OrderType.GTC,
              true
            )
            assert.strictEqual(post.status, "live", `${type}: ${said(post)}`)
            const { asks } = await client.getOrderBook(tokens.plain)
            const ask = Number(asks.at(-1)?.price)
            const crossing = await client.createAndPostOrder(
              { tokenID: tokens.plain, price: ask, size: 12, side: Side.BUY },
              undefined,
              OrderType.GTC,
              true
            )
            assert.strictEqual(said(crossing), "invalid post-only order: order crosses book")

            const fok = await client.createAndPostMarketOrder({ tokenID: tokens.plain, amount: 5, side: Side.BUY })
            assert.strictEqual(fok.status, "matched", `${type}: ${said(fok)}`)
            assert.strictEqual(Number(fok.makingAmount).toFixed(4), "5.0000")
            assert.isAbove(fok.transactionsHashes?.length ?? 0, 0)
            const fak = await client.createAndPostMarketOrder(
              { tokenID: tokens.held, amount: 3, side: Side.BUY },
              undefined,
              OrderType.FAK
            )
            assert.strictEqual(fak.status, "matched", `${type}: ${said(fak)}`)
            return { ask, fok }
          })

          const balance = Effect.promise(() =>
            client.getBalanceAllowance({ asset_type: AssetType.CONDITIONAL, token_id: tokens.plain })
          )
          yield* eventually(
            "shares",
            balance,
            (seen) => Number(seen.balance) === Math.round(Number(fok.takingAmount) * 1e6),
            10
          )
          yield* Effect.promise(async () => {
            const sold = await client.createAndPostMarketOrder(
              { tokenID: tokens.plain, amount: 1, side: Side.SELL },
              undefined,
              OrderType.FAK
            )
            assert.strictEqual(sold.status, "matched", `${type}: ${said(sold)}`)
            const killed = await client.createAndPostMarketOrder(
              { tokenID: tokens.plain, amount: 9_000, side: Side.BUY, price: ask },
              undefined,
              OrderType.FOK
            )
            assert.include(said(killed), "fully filled or killed")
            const open = await client.getOpenOrders()
            assert.deepStrictEqual(open.map(({ original_size }) => original_size).toSorted(), ["10", "10", "11", "12"])
            const [first] = open
            assert.deepStrictEqual(await client.getOrder(first?.id ?? ""), first)
            const trades = await client.getTrades({ asset_id: tokens.plain })
            assert.isTrue(trades.length >= 2 && trades.every(({ trader_side }) => trader_side === "TAKER"))
            const ids = new Set(trades.map(({ id }) => id))
            assert.isTrue((fok as unknown as { tradeIDs: ReadonlyArray<string> }).tradeIDs.every((id) => ids.has(id)))
            const cash = await client.getBalanceAllowance({ asset_type: AssetType.COLLATERAL })
            assert.isBelow(Number(cash.balance), 10_000_000_000)
          })
        }
      }).pipe(Effect.scoped),
    60_000
  )

  it.live("places batches and cancels in all ways", () =>
    Effect.gen(function*() {
      const { accounts, clob, tokens } = yield* start
      const client = yield* connected(clob, accounts[3] as Account)
      yield* Effect.promise(async () => {
        const signed = (size: number, tokenID = tokens.plain) =>
          client.createOrder({ tokenID, price: 0.02, size, side: Side.BUY })
        const batch = async (sizes: ReadonlyArray<number>, token?: string) => {
          const orders = await Promise.all(sizes.map((size) => signed(size, token)))
          const answers = await client.postOrders(orders.map((order) => ({ order, orderType: OrderType.GTC })))
          assert.deepStrictEqual(answers.map(({ status }) => status), sizes.map(() => "live"))
          return answers.map(({ orderID }) => orderID)
        }
        const [one, two, three, four] = await batch([10, 11, 12, 13]) as [string, string, string, string]
        assert.strictEqual(new Set([one, two, three, four]).size, 4)
        assert.deepStrictEqual(await client.cancelOrder({ orderID: one }), { canceled: [one], not_canceled: {} })
        const again = await client.cancelOrder({ orderID: one }) as { readonly not_canceled: object }
        assert.deepStrictEqual(Object.keys(again.not_canceled), [one])
        assert.sameMembers((await client.cancelOrders([two, three])).canceled, [two, three])
        assert.deepStrictEqual((await client.cancelMarketOrders({ market: tokens.plainMarket })).canceled, [four])
        const others = await batch([14, 15], tokens.negativeRisk)
        const [last] = await batch([16])
        assert.sameMembers((await client.cancelMarketOrders({ asset_id: tokens.negativeRisk })).canceled, others)
        assert.deepStrictEqual((await client.cancelAll()).canceled, [last])
        assert.deepStrictEqual(await client.getOpenOrders(), [])
        const many = await Promise.all(Array.from({ length: 16 }, () => signed(10)))
        const refused = await client.postOrders(many.map((order) => ({ order, orderType: OrderType.GTC })))
        assert.include(said(refused as unknown as ErrorBody), "Too many orders in payload: 16, max allowed: 15")
      })
    }).pipe(Effect.scoped))

  it.live(
    "gets the venue's errors for wrong signature, tick, size, balance, expiration and owner",
    () =>
      Effect.gen(function*() {
        const { accounts, clob, tokens } = yield* start
        for (const account of accounts) {
          const client = yield* connected(clob, account)
          yield* Effect.promise(async () => {
            const plain = { tokenID: tokens.plain, price: 0.02, size: 10, side: Side.BUY }
            const good = await client.createOrder(plain)
            const broken = { ...good, signature: flipped(good.signature) } as SignedOrder
            assert.strictEqual(said(await client.postOrder(broken)), "400 invalid signature")
            assert.isTrue((await client.postOrder(good)).success)
            assert.include(said(await client.postOrder(good)), "Duplicated")
            assert.include(
              said(await client.createAndPostOrder({ ...plain, tokenID: tokens.coarse, price: 0.513 })),
              "breaks minimum tick size rule: 0.005"
            )
            assert.include(said(await client.createAndPostOrder({ ...plain, size: 4 })), "lower than the minimum: 5")
            assert.strictEqual(
              said(await client.createAndPostOrder({ ...plain, size: 600_000 })),
              "not enough balance / allowance"
            )
            assert.strictEqual(
              said(await client.createAndPostOrder({ ...plain, side: Side.SELL, price: 0.98 })),
              "not enough balance / allowance"
            )
            assert.strictEqual(
              said(await client.createAndPostOrder({ ...plain, expiration: inSeconds(100) }, undefined, OrderType.GTD)),
              "400 invalid expiration"
            )
            assert.strictEqual(
              said(
                await client.createAndPostMarketOrder(
                  { tokenID: tokens.plain, amount: 5, side: Side.BUY, price: 0.01 },
                  undefined,
                  OrderType.FAK
                )
              ),
              "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found."
            )
            const small = await client.createAndPostMarketOrder({ tokenID: tokens.plain, amount: 0.5, side: Side.BUY })
            assert.include(said(small), "invalid amount for a marketable BUY order ($0.5), min size: $1")
          })
        }
        const [one, two] = accounts as [Account, Account]
        const stranger = yield* connected(clob, two)
        const order = yield* Effect.promise(() =>
          clientOf(clob, one).createOrder({ tokenID: tokens.plain, price: 0.02, size: 10, side: Side.BUY })
        )
        const answer = yield* Effect.promise(() => stranger.postOrder(order))
        assert.include(said(answer), "the order signer address has to be the address of the API KEY")
      }).pipe(Effect.scoped),
    60_000
  )
})

/** A signature with another first byte. */
const flipped = (signature: string): string =>
  `0x${((Number.parseInt(signature.slice(2, 4), 16) + 1) % 256).toString(16).padStart(2, "0")}${signature.slice(4)}`
