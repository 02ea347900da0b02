/** Every route that the venue documents is there; what each answers is tested with the commands that call it. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Account } from "../../src/simulator/Accounts.ts"
import { get, post, simulator } from "./Client.ts"
import { ask, trader } from "./Trader.ts"

type Row = Readonly<Record<string, unknown>>

const words = (text: string): ReadonlyArray<string> => text.trim().split(/\s+/)

describe("the simulator's surfaces", () => {
  it.live("have every documented public route", () =>
    Effect.gen(function*() {
      const { endpoints } = yield* simulator({ markets: 10, rate: 0 })
      const { accounts, clob, coinmarketcap, data, gamma } = endpoints
      const rows = JSON.parse((yield* get(`${gamma}/markets?limit=10`)).text) as ReadonlyArray<Row>
      const [event] = JSON.parse((yield* get(`${gamma}/events?limit=1`)).text) as ReadonlyArray<Row>
      const [series] = JSON.parse((yield* get(`${gamma}/series`)).text) as ReadonlyArray<Row>
      const market = rows.find(({ version }) => version === "v1") ?? {}
      const [token] = JSON.parse(String(market["clobTokenIds"])) as ReadonlyArray<string>
      const [id, condition, user] = [market["id"], market["conditionId"], accounts[0]?.funder]
      const reads: Readonly<Record<string, ReadonlyArray<string>>> = {
        [gamma]: words(`
          /markets/keyset /events/keyset /markets /events /markets/${id} /markets/slug/${
          market["slug"]
        } /markets/${id}/tags
          /markets/${id}/description /events/${event?.["id"]} /events/slug/${event?.["slug"]} /events/${
          event?.["id"]
        }/tags
          /events/pagination /events/results /tags /tags/1 /tags/slug/bitcoin /tags/1/related-tags /tags/1/related-tags/tags
          /tags/slug/bitcoin/related-tags /tags/slug/bitcoin/related-tags/tags /series /series/${series?.["id"]}
          /series-summary/${series?.["id"]} /sports /sports/market-types /teams
          /comments?parent_entity_type=Event&parent_entity_id=1 /comments/1 /comments/user_address/${user}
          /public-search?q=bitcoin /public-profile?address=${user}`),
        [data]: words(`
          /v2/positions?user=${user} /v2/trades?condition=${condition} /v2/activity?user=${user} /v2/activity/combos?user=${user}
          /v2/prices-history?token_id=${token} /v2/resolutions?condition=${condition} /v2/oi /v2/holders?condition=${condition}
          /v2/volume /v2/live-volume?event_id=${event?.["id"]} /v2/pnl?user=${user} /v2/user-stats?user=${user}
          /v2/approvals?user=${user} /v2/leaderboards /v2/builders /v2/status /v2/openapi.json /positions?user=${user}
          /trades?user=${user} /activity?user=${user} /closed-positions?user=${user} /value?user=${user} /traded?user=${user}`),
        [clob]: words(`
          /ok /time /version /book?token_id=${token} /price?token_id=${token}&side=BUY /midpoint?token_id=${token}
          /spread?token_id=${token} /last-trade-price?token_id=${token} /tick-size?token_id=${token} /tick-size/${token}
          /neg-risk?token_id=${token} /fee-rate?token_id=${token} /prices-history?market=${token}&interval=1d
          /clob-markets/${condition} /markets-by-token/${token} /markets/${condition} /markets /simplified-markets
          /sampling-markets /sampling-simplified-markets /rewards/markets/current /rewards/markets/${condition}
          /rewards/markets/multi /rebates/current /fees/builder-fees/0x1 /builder/trades?builder_code=0x1`),
        [coinmarketcap]: words(`
          /v1/cryptocurrency/listings/latest /v1/global-metrics/quotes/latest /v3/fear-and-greed/latest /v1/key/info
          /v1/cryptocurrency/map /v2/cryptocurrency/info?symbol=BTC /v2/cryptocurrency/quotes/latest?id=1 /v1/fiat/map
          /v2/tools/price-conversion?amount=1&symbol=BTC`)
      }
      for (const [base, paths] of Object.entries(reads)) {
        for (const path of paths) {
          const headers = { "X-CMC_PRO_API_KEY": "key" }
          const status = yield* Effect.promise(() => fetch(`${base}${path}`, { headers }).then((one) => one.status))
          assert.strictEqual(status, 200, `${base}${path}`)
        }
      }
      const writes: ReadonlyArray<readonly [string, unknown]> = [
        [`${clob}/books`, [{ token_id: token }]],
        [`${clob}/prices`, [{ token_id: token, side: "BUY" }]],
        [`${clob}/midpoints`, [{ token_id: token }]],
        [`${clob}/spreads`, [{ token_id: token }]],
        [`${clob}/last-trades-prices`, [{ token_id: token }]],
        [`${clob}/batch-prices-history`, { markets: [token], interval: "1d" }],
        [`${gamma}/markets/information`, { conditionIds: [condition] }],
        [`${gamma}/markets/abridged`, { clobTokenIds: [token] }]
      ]
      for (const [url, body] of writes) assert.strictEqual((yield* post(url, body)).status, 200, url)
      const [found] = JSON.parse((yield* post(`${gamma}/markets/information`, { id: [Number(id)] })).text) as [Row]
      assert.deepStrictEqual(found["conditionId"], condition)
      for (const path of [`/books?token_ids=${token}`, "/prices-history"]) {
        assert.strictEqual((yield* get(`${clob}${path}`)).status, 400, path)
      }
    }).pipe(Effect.scoped))

  it.live("have every documented route of an account, read-only and builder keys included", () =>
    Effect.gen(function*() {
      const { endpoints } = yield* simulator({ markets: 2, rate: 0 })
      const one = yield* trader(endpoints.clob, endpoints.accounts[0] as Account)
      const reads = words(`
        /auth/api-keys /auth/readonly-api-keys /auth/builder-api-key /auth/ban-status/closed-only /data/orders /data/trades
        /data/pre-migration-orders /order-scoring?order_id=1 /notifications /balance-allowance?asset_type=COLLATERAL
        /balance-allowance/update?asset_type=COLLATERAL /rewards/user /rewards/user/total /rewards/user/percentages
        /rewards/user/markets`)
      for (const path of reads) {
        assert.strictEqual((yield* one.signed("GET", path)).status, 200, path)
        assert.strictEqual((yield* ask(`${endpoints.clob}${path}`, {})).status, 401, path)
      }
      assert.strictEqual((yield* one.signed("PUT", "/balance-allowance?asset_type=COLLATERAL")).status, 200)
      const { value: { apiKey } } = yield* one.signed("POST", "/auth/readonly-api-key")
      const listed = yield* one.signed("GET", "/auth/readonly-api-keys")
      assert.deepStrictEqual(listed.value["readonlyApiKeys"], [apiKey])
      const gone = JSON.stringify({ key: apiKey })
      assert.strictEqual((yield* one.signed("DELETE", "/auth/readonly-api-key", gone)).status, 200)
      assert.strictEqual((yield* one.signed("DELETE", "/auth/readonly-api-key", gone)).status, 400)
      const { value: { key } } = yield* one.signed("POST", "/auth/builder-api-key")
      assert.strictEqual((yield* one.signed("DELETE", "/auth/builder-api-key")).status, 200)
      const [row] = (yield* one.signed("GET", "/auth/builder-api-key")).value as unknown as ReadonlyArray<Row>
      assert.strictEqual(row?.["key"], key)
      assert.isString(row?.["revokedAt"])
    }).pipe(Effect.scoped))
})
