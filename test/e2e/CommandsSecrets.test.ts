import { assert, describe, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import process from "node:process"
import { inspect } from "node:util"
import { type Answer, type Seen, serveHttp } from "../client/HttpServer.ts"
import { commandsOf, type Done, run, venue } from "./Commands.ts"
import { folder, start } from "./Program.ts"

const privateKey = "7c0ffee5ca1ab1e0decafbad1337c0de5eed0f1ed0c0a0b0c0d0e0f001122334"
const apiSecret = Buffer.from("canary secret of the exchange 42").toString("base64")
const passphrase = "canary-passphrase-6f1d0c"
const cmcKey = "canary-cmc-key-91ab52c7"
const nodeKey = "canary-node-key-55e1"

/** Every way in which bytes may be written down. */
const formsOf = (bytes: Buffer): ReadonlyArray<string> => [
  bytes.toString("hex"),
  bytes.toString("hex").toUpperCase(),
  bytes.toString("hex").match(/../g)?.join(" ") ?? "",
  bytes.toString("base64").replace(/=+$/, ""),
  bytes.toString("base64url"),
  BigInt(`0x${bytes.toString("hex")}`).toString(),
  [...bytes.subarray(0, 6)].join(", "),
  [...bytes.subarray(0, 6)].join(",")
]

/** Every way in which a text may be written down. */
const formsOfText = (
  text: string
): ReadonlyArray<string> => [text, encodeURIComponent(text), ...formsOf(Buffer.from(text))]

const canaries = [
  ...formsOf(Buffer.from(privateKey, "hex")),
  ...formsOfText(apiSecret),
  ...formsOf(Buffer.from(apiSecret, "base64")),
  ...[passphrase, cmcKey, nodeKey].flatMap(formsOfText)
]

/** Everything that a command let out. */
const everything = ({ failure, stderr, stdout }: Done): string =>
  [stdout, stderr, inspect(failure, { depth: 12, showHidden: true, breakLength: Infinity }), JSON.stringify(failure)]
    .join("\n")

const leaked = (text: string, forms: ReadonlyArray<string> = canaries): ReadonlyArray<string> =>
  forms.filter((form) => text.includes(form))

const environment = {
  POLYMARKET_PRIVATE_KEY: `0x${privateKey}`,
  POLYMARKET_API_KEY: "owner-key",
  POLYMARKET_API_SECRET: apiSecret,
  POLYMARKET_API_PASSPHRASE: passphrase,
  CMC_API_KEY: cmcKey
}

const token = "1234567890"
const book = {
  market: `0x${"ab".repeat(32)}`,
  asset_id: token,
  timestamp: "1",
  hash: "0".repeat(40),
  bids: [{ price: "0.4", size: "10" }],
  asks: [{ price: "0.6", size: "10" }],
  min_order_size: "5",
  tick_size: "0.01",
  neg_risk: false,
  last_trade_price: ""
}

/** Answers that give back all they were told. */
const echo = ({ body, headers, path }: Seen): string => JSON.stringify({ path, headers, body })
const behaviours: Readonly<Record<string, (seen: Seen) => Answer>> = {
  "401": (seen) => ({ status: 401, body: { error: echo(seen) } }),
  "400": (seen) => ({ status: 400, body: { error: echo(seen), error_msg: echo(seen) } }),
  "404 in text": (seen) => ({ status: 404, body: echo(seen) }),
  "500": (seen) => ({ status: 500, body: { error: echo(seen) } }),
  "another shape": (seen) => ({
    body: { data: echo(seen), apiKey: 5, status: { error_code: 500, error_message: echo(seen) } }
  }),
  "no JSON": (seen) => ({ body: `<html>${echo(seen)}</html>` })
}

/** Commands of an account with what they need. */
const words: Readonly<Record<string, ReadonlyArray<string>>> = {
  "clob order build": [token, "--side", "buy", "--price", "0.5", "--size", "10"],
  "clob order sign": [token, "--side", "buy", "--price", "0.5", "--size", "10"],
  "clob order post": [token, "--side", "buy", "--price", "0.5", "--size", "10"],
  "clob order cancel": [`0x${"1".repeat(64)}`],
  "clob order cancel-several": ["0x1,0x2"],
  "clob order cancel-all": [],
  "clob order cancel-market": ["--asset-id", token],
  "clob order-by": ["0x1"],
  "clob orders": [],
  "clob own-trades": [],
  "clob balance": ["COLLATERAL"],
  "clob notifications-drop": ["1"],
  "clob heartbeat": [],
  "clob keys create": [],
  "clob keys derive": [],
  "clob keys list": [],
  "cmc quotes": ["--id", "1"],
  "cmc key": [],
  "ws user": ["--for", "1s"],
  "doctor": ["--rpc-url", "RPC"]
}

/** A listener that never answers. */
const silent: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.callback<{ readonly url: string; readonly close: () => void }>((resume) => {
    const sockets = new Set<{ readonly destroy: () => void }>()
    const server = createServer((socket) => sockets.add(socket))
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { readonly port: number }
      const close = () => {
        for (const socket of sockets) socket.destroy()
        server.close()
      }
      resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, close }))
    })
  }),
  ({ close }) => Effect.sync(close)
).pipe(Effect.map(({ url }) => url))

const fileOf = Effect.fnUntraced(function*(url: string) {
  const file = join(yield* folder, "endpoints.json")
  const socket = url.replace("http", "ws")
  writeFileSync(
    file,
    JSON.stringify({
      clob: url,
      gamma: url,
      data: url,
      coinmarketcap: url,
      geoblock: url,
      userSocket: `${socket}/ws/user`,
      marketSocket: `${socket}/ws/market`
    })
  )
  return file
})

const runAll = (file: string, url: string, names: ReadonlyArray<string>) =>
  Effect.forEach(names, (name) =>
    run(
      [
        ...name.split(" "),
        ...(words[name] ?? []).map((word) => (word === "RPC" ? `${url}/v2/${nodeKey}` : word)),
        "--endpoints",
        file,
        "--log-level",
        "all"
      ],
      environment
    ).pipe(Effect.map((done) => [name, done] as const)), { concurrency: 10 })

describe("SEC-1 secrets never leave", () => {
  it("the search finds every form", () => {
    for (const form of canaries) assert.isAbove(leaked(`before ${form} after`).length, 0)
    const known = Object.keys(words)
    for (const group of ["clob", "cmc", "ws", "doctor"]) {
      const there = commandsOf(group)
      for (const name of known.filter((one) => one.split(" ")[0] === group)) assert.include(there, name)
    }
  })

  it.live(
    "not in what commands write or fail with, whatever the venue answers, at every log level",
    () =>
      Effect.gen(function*() {
        for (const [behaviour, answer] of Object.entries(behaviours)) {
          const server = yield* serveHttp((seen) => seen.path === "/book" ? { body: book } : answer(seen))
          const done = yield* runAll(yield* fileOf(server.url), server.url, Object.keys(words))
          assert(server.seen.some(({ headers }) => headers["poly_passphrase"] === passphrase))
          assert(server.seen.some(({ headers }) => headers["x-cmc_pro_api_key"] === cmcKey))
          for (const [name, one] of done) {
            assert.deepStrictEqual(leaked(everything(one)), [], `${name} at ${behaviour}: ${everything(one)}`)
          }
          const failed = done.filter(([, { code }]) => code !== 0)
          assert.isAbove(failed.length, done.length / 2, behaviour)
        }
      }).pipe(Effect.scoped),
    60_000
  )

  it.live("not when the venue never answers, and not when nobody is there", () =>
    Effect.gen(function*() {
      const url = yield* silent
      const some = ["clob orders", "clob order cancel-all", "clob keys create", "cmc key", "clob order post"]
      for (const [name, one] of yield* runAll(yield* fileOf(url), url, some)) {
        assert.notStrictEqual(one.code, 0, name)
        assert.deepStrictEqual(leaked(everything(one)), [], name)
      }
      const gone = "http://127.0.0.1:1"
      for (const [name, one] of yield* runAll(yield* fileOf(gone), gone, some)) {
        assert.strictEqual(one.code, 69, `${name}: ${one.stderr}`)
        assert.deepStrictEqual(leaked(everything(one)), [], name)
      }
    }).pipe(Effect.scoped), 60_000)

  it.live(
    "not when all goes well, unless asked for with --reveal, and never in a process's arguments",
    () =>
      Effect.gen(function*() {
        const { endpoints, file, ids } = yield* venue()
        const account = endpoints.accounts[3]
        const digits = account?.privateKey.slice(2) ?? ""
        const env = { POLYMARKET_PRIVATE_KEY: digits, POLYMARKET_SIGNATURE_TYPE: "3" }
        const both = (args: ReadonlyArray<string>) => run([...args, "--endpoints", file, "--log-level", "all"], env)
        yield* both(["clob", "keys", "create"])
        const revealed = yield* both(["clob", "keys", "derive", "--reveal", "--json"])
        const { passphrase, secret } = JSON.parse(revealed.stdout) as {
          readonly secret: string
          readonly passphrase: string
        }
        const own = [
          ...formsOf(Buffer.from(digits, "hex")),
          ...formsOfText(secret),
          ...formsOf(Buffer.from(secret, "base64")),
          ...formsOfText(passphrase)
        ]
        assert.isAbove(leaked(everything(revealed), own).length, 0)
        const order = [ids["token"] ?? "", "--side", "buy", "--price", "0.01", "--size", "10"]
        for (
          const args of [
            ["clob", "keys", "derive"],
            ["clob", "keys", "list"],
            ["clob", "order", "build", ...order],
            ["clob", "order", "sign", ...order],
            ["clob", "order", "post", ...order, "--dry-run"],
            ["clob", "order", "post", ...order],
            ["clob", "orders"],
            ["clob", "order", "cancel-all"],
            ["clob", "balance", "COLLATERAL"],
            ["ws", "user", "--for", "500ms"],
            ["doctor"]
          ]
        ) {
          const done = yield* both(args)
          assert.strictEqual(done.code, 0, `${args.join(" ")}: ${done.stderr}`)
          assert.deepStrictEqual(leaked(everything(done), own), [], args.join(" "))
        }

        process.env["POLYMARKET_PRIVATE_KEY"] = digits
        const beating = yield* start("clob", "heartbeat", "--for", "2s", "--endpoints", file, "--log-level", "all")
        delete process.env["POLYMARKET_PRIVATE_KEY"]
        yield* beating.line("stdout", () => true)
        assert.deepStrictEqual(leaked(readFileSync(`/proc/${beating.pid}/cmdline`, "utf8"), own), [])
        assert.strictEqual(yield* beating.exit(), 0, beating.stderr())
        assert.deepStrictEqual(leaked(beating.stdout() + beating.stderr(), own), [])
      }).pipe(Effect.scoped),
    60_000
  )
})
