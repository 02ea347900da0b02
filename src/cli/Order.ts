/** `clob order …`: build, sign, post and cancel orders. Everything is checked against the market first; what is sent is sent once. */
import { Effect, Option, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as OrderCalls from "../client/polymarket/clob/OrderEndpoints.ts"
import * as Span from "../domain/Span.ts"
import { accountFlags } from "./AccountFlags.ts"
import { jsonFlag, type Member } from "./EndpointCommands.ts"
import * as Exit from "./Exit.ts"
import { OrderForm, Plain } from "./OrderForm.ts"
import { fail, readFile } from "./Venue.ts"
import { dryRunFlag, writeCommand } from "./WriteCommand.ts"

const optional = <A>(flag: Flag.Flag<A>) => flag.pipe(Flag.optional, Flag.map(Option.getOrUndefined))

const number = (name: string, description: string) =>
  optional(
    Flag.String(name).pipe(
      Flag.withDescription(description),
      Flag.withSchema(Plain)
    )
  )

const formFlags = {
  token: Argument.String("token").pipe(Argument.withDescription("The token to trade")),
  side: Flag.Literals("side", ["buy", "sell", "BUY", "SELL"]).pipe(Flag.withDescription("buy or sell")),
  price: number("price", "Worst price, a multiple of the market's tick; market orders may leave it to the book"),
  size: number("size", "Shares, for an order that may rest (GTC, GTD)"),
  amount: number("amount", "For an order that may not rest (FOK, FAK): pUSD to spend when buying, shares when selling"),
  type: optional(
    Flag.Literals("type", ["GTC", "GTD", "FOK", "FAK"]).pipe(
      Flag.withDescription("GTC rests, GTD rests for a while, FOK fills whole or not at all, FAK fills what is there")
    )
  ),
  expiresIn: optional(
    Flag.String("expires-in").pipe(
      Flag.withDescription("How long a GTD order may rest, at least 2 minutes: 5m, 1h"),
      Flag.withSchema(Span.Span)
    )
  ),
  postOnly: Flag.Boolean("post-only").pipe(
    Flag.withDescription("Refuse the order when it would match at once"),
    Flag.withDefault(false)
  )
}

type FormGiven = Command.Command.Config.Infer<typeof formFlags>

const formOf = ({ amount, expiresIn, postOnly, price, side, size, token, type }: FormGiven): OrderForm => ({
  token,
  side: side === "buy" || side === "BUY" ? "BUY" : "SELL",
  postOnly,
  ...(type === undefined ? {} : { type }),
  ...(price === undefined ? {} : { price }),
  ...(size === undefined ? {} : { size }),
  ...(amount === undefined ? {} : { amount }),
  ...(expiresIn === undefined ? {} : { expiresIn })
})

const load = Effect.promise(() => import("./PlaceOrder.ts"))

const common = { ...formFlags, json: jsonFlag, access: accountFlags }

const token = "25070934348813416902477876984955073880416401960631253331845590271167412497744"
const shownWish = `${token} --side buy --price 0.42 --size 10`

const build: Member = (group) => ({
  words: ["order", "build"],
  command: Command.make(
    "build" as string,
    common,
    Effect.fn(function*(given) {
      yield* (yield* load).build(given.access, formOf(given), given.json)
    }, Effect.scoped)
  ).pipe(
    Command.withShortDescription("Make an order: its amounts and its id"),
    Command.withDescription(
      "Makes an order from the market's tick, minimum and contract, checks it by the venue's rules, and shows amounts and id. Sends nothing."
    ),
    Command.withExamples([
      { command: `${group} order build ${shownWish}`, description: "Ten shares at 0.42 or better" },
      {
        command: `${group} order build ${token} --side buy --amount 25 --type FOK`,
        description: "For 25 pUSD, at once"
      }
    ])
  )
})

const sign: Member = (group) => ({
  words: ["order", "sign"],
  command: Command.make(
    "sign" as string,
    common,
    Effect.fn(function*(given) {
      yield* (yield* load).sign(given.access, formOf(given), given.json)
    }, Effect.scoped)
  ).pipe(
    Command.withShortDescription("Make and sign an order, without sending it"),
    Command.withDescription("Makes an order, checks it, signs it with the wallet's key and shows it. Sends nothing."),
    Command.withExamples([{ command: `${group} order sign ${shownWish}`, description: "The signed order" }])
  )
})

const post: Member = (group) => ({
  words: ["order", "post"],
  command: Command.make(
    "post" as string,
    { ...common, dryRun: dryRunFlag },
    Effect.fn(function*(given) {
      yield* (yield* load).post(given.access, [formOf(given)], { json: given.json, dryRun: given.dryRun, batch: false })
    }, Effect.scoped)
  ).pipe(
    Command.withShortDescription(OrderCalls.postOrder.summary),
    Command.withDescription(
      "Makes an order, checks it by the venue's rules, signs it and sends it, once. When no answer comes, it says how to find out what " +
        "became of the order. With --dry-run it reads the market and shows the exact request."
    ),
    Command.withExamples([
      { command: `${group} order post ${shownWish} --dry-run`, description: "What would be sent" },
      { command: `${group} order post ${shownWish} --post-only`, description: "An order that only rests" }
    ])
  )
})

const Forms = Schema.fromJsonString(
  Schema.NonEmptyArray(OrderForm).check(Schema.isMaxLength(15, { expected: "at most 15 orders" }))
)

const postBatch: Member = (group) => ({
  words: ["order", "post-batch"],
  command: Command.make(
    "post-batch" as string,
    {
      file: Argument.String("file").pipe(
        Argument.withDescription("JSON array of orders: token, side, type, price, size or amount, postOnly, expiresIn")
      ),
      json: jsonFlag,
      access: accountFlags,
      dryRun: dryRunFlag
    },
    Effect.fn(function*(given) {
      const forms = yield* Schema.decodeEffect(Forms)(yield* readFile(given.file, Exit.usage)).pipe(
        Effect.catch((error) => fail(Exit.usage, `${given.file}: ${error.message}`))
      )
      yield* (yield* load).post(given.access, forms, { json: given.json, dryRun: given.dryRun, batch: true })
    }, Effect.scoped)
  ).pipe(
    Command.withShortDescription(OrderCalls.postOrders.summary),
    Command.withDescription(
      "Makes, checks and signs up to fifteen orders and sends them in one request, once. Each has an answer of its own."
    ),
    Command.withExamples([{ command: `${group} order post-batch orders.json`, description: "The orders of a file" }])
  )
})

/** Everything about orders that `clob` offers. */
export const orderMembers: ReadonlyArray<Member> = [
  build,
  sign,
  post,
  postBatch,
  writeCommand(OrderCalls.cancelOrder, (trading, { order_id }) => trading.cancelOrder(order_id)),
  writeCommand(OrderCalls.cancelOrders, (trading, { order_ids }) => trading.cancelOrders(order_ids)),
  writeCommand(OrderCalls.cancelAll, (trading) => trading.cancelAll),
  writeCommand(
    OrderCalls.cancelMarketOrders,
    (trading, { asset_id, market }) =>
      trading.cancelMarketOrders({
        ...(market === undefined ? {} : { market }),
        ...(asset_id === undefined ? {} : { assetId: asset_id })
      }),
    ({ asset_id, market }) =>
      asset_id === undefined && market === undefined ? "expected --market or --asset-id, found neither" : undefined
  )
]
