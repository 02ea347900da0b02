/** The least that storing rows costs: `pg`, one connection, `unnest` of 100 rows after the other, or COPY, into the same table. */
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { Pool } from "pg"
import { from } from "pg-copy-streams"
import type { PriceUpdate } from "../../../src/engine/MarketEvent.ts"
import { prices } from "../../suites/arbitraryEvents.ts"
import { serve } from "../Process.ts"
import type { Asked, Measured } from "./Asked.ts"

const insert = `insert into prices (time, id, source, received_at, asset_id, price)
select * from unnest($1::timestamptz[], $2::bigint[], $3::text[], $4::timestamptz[], $5::text[], $6::numeric[])
on conflict (time, id) do nothing`

const timed = async (count: number, work: () => Promise<void>): Promise<Measured> => {
  const cpu = process.cpuUsage()
  const began = performance.now()
  await work()
  const seconds = (performance.now() - began) / 1_000
  const used = process.cpuUsage(cpu)
  return { perSecond: count / seconds, cpuMicros: (used.user + used.system) / count }
}

serve(async ({ count, first, kind, url }: Asked & { readonly kind: "unnest" | "copy" }) => {
  const pool = new Pool({ connectionString: url, max: 1 })
  const client = await pool.connect()
  await client.query("truncate prices")
  const events = prices(count, first) as ReadonlyArray<PriceUpdate>
  const measured = kind === "unnest"
    ? await timed(count, async () => {
      for (let index = 0; index < count; index += 100) {
        const rows = events.slice(index, index + 100)
        const time = rows.map((event) => new Date(event.time).toISOString())
        await client.query({
          name: "insert",
          text: insert,
          values: [
            time,
            rows.map((event) => String(event.id)),
            rows.map((event) => event.source),
            time,
            rows.map((event) => event.assetId),
            rows.map((event) => event.price)
          ]
        })
      }
    })
    : await timed(count, async () => {
      const copy = client.query(from("copy prices (time, id, source, received_at, asset_id, price) from stdin"))
      await pipeline(
        Readable.from((function*() {
          for (let index = 0; index < count; index += 1_000) {
            yield events.slice(index, index + 1_000).map((event) => {
              const time = new Date(event.time).toISOString()
              return `${time}\t${event.id}\t${event.source}\t${time}\t${event.assetId}\t${event.price}\n`
            }).join("")
          }
        })()),
        copy
      )
    })
  client.release()
  await pool.end()
  return measured
})
