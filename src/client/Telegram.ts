/**
 * Telegram's Bot API: one message to one chat, asked once. The token stands in the address it is sent to and nowhere else: no error repeats it, not
 * even when the other side does. Repeats are the caller's: a message without an answer may have arrived, and a repeat doubles it then.
 *
 * @see https://core.telegram.org/bots/api#sendmessage
 * @see https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
 */
import { Clock, Effect, Option, Redacted, Result, Schema } from "effect"
import { RateLimited, type Reason, Rejected, Unauthorized, Unavailable } from "../domain/Failure.ts"
import { retryAfter } from "./Http.ts"
import * as OutboundCall from "./OutboundCall.ts"
import * as OutboundUrl from "./OutboundUrl.ts"
import { parseJson } from "./ParseJson.ts"
import { plainCause } from "./PlainCause.ts"

/** Where bots call. */
export const liveUrl = "https://api.telegram.org"

/** Most characters of a message once its markup is read, UTF-16 units. */
export const longestText = 4_096

/** Longest a request may take, ms. */
export const patience = 10_000

/** Longest that is waited because Telegram says so, s. */
const longestWait = 86_400

/** A bot and where it calls. */
export interface Bot {
  readonly base: OutboundUrl.Outbound
  readonly token: Redacted.Redacted
}

/** A message: `text` is HTML of the kind Telegram knows when `isMarkup`. */
export interface TelegramMessage {
  readonly chatId: string
  readonly text: string
  readonly isMarkup: boolean
}

/** Tokens look like 110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw. */
const tokenPattern = /^\d{1,20}:[A-Za-z0-9_-]{20,100}$/

/** A bot of a token, or why that is none, without repeating it; `url` is called as it stands, wherever it leads. */
export const botOf = (token: Redacted.Redacted, url: string = liveUrl): Result.Result<Bot, string> => {
  if (!tokenPattern.test(Redacted.value(token))) {
    return Result.fail("expected a bot's token (digits, a colon, letters), found something else")
  }
  const hosts = url === liveUrl || !URL.canParse(url) ? [] : [new URL(url).hostname]
  return Result.map(OutboundUrl.judge(url, hosts), (base) => ({ base, token }))
}

/** The bot's number, which is no secret. */
export const idOf = ({ token }: Bot): string => Redacted.value(token).replace(/:.*$/s, "")

const Reply = Schema.Struct({
  ok: Schema.Boolean,
  description: Schema.optionalKey(Schema.String),
  parameters: Schema.optionalKey(Schema.Struct({
    /** Seconds. */
    retry_after: Schema.optionalKey(Schema.Number),
    /** Where the chat has gone. */
    migrate_to_chat_id: Schema.optionalKey(Schema.Number)
  })),
  result: Schema.optionalKey(Schema.Unknown)
})
const decodeReply = Schema.decodeUnknownOption(Reply)

/** Calls a method of the bot; what it gives back. */
const ask = Effect.fnUntraced(function*(bot: Bot, method: string, parameters: object) {
  const { isListed, url } = bot.base
  const token = Redacted.value(bot.token)
  const where = url.host
  const target = new URL(`${url.origin}${url.pathname.replace(/\/+$/, "")}/bot${token}/${method}`)
  const outgoing = yield* OutboundCall.Outgoing
  const answer = yield* outgoing({ url: target, isListed }, {
    method: "POST",
    headers: { "content-type": "application/json", "user-agent": "polymarket-hft" },
    body: JSON.stringify(parameters)
  }).pipe(
    Effect.timeoutOrElse({
      duration: patience,
      orElse: () => Effect.fail<Reason>(Unavailable.make({ where, detail: `no answer in ${patience} ms` }))
    })
  )
  const reply = Option.getOrUndefined(decodeReply(parseJson(answer.body)))
  if (answer.status >= 200 && answer.status < 300 && reply?.ok === true) return reply.result
  const hide = (text: string) => text.replaceAll(token, "(hidden)").replaceAll(token.replace(/^.*:/, ""), "(hidden)")
  const after = retryAfter(answer.retryAfter, yield* Clock.currentTimeMillis)
  return yield* Effect.fail(reasonOf(where, answer.status, reply, hide, after))
})

/** What an answer means that is no success. */
const reasonOf = (
  where: string,
  status: number,
  reply: typeof Reply.Type | undefined,
  hide: (text: string) => string,
  after: number | undefined
): Reason => {
  const moved = reply?.parameters?.migrate_to_chat_id
  const said = plainCause(hide(reply?.description ?? "no description"))
  const detail = moved === undefined ? said : `${said}; chat_id is ${moved} now`
  if (status === 429) {
    const seconds = reply?.parameters?.retry_after
    const retryAfterMs = seconds === undefined ? after : Math.min(Math.max(0, seconds), longestWait) * 1_000
    return RateLimited.make({ where, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })
  }
  // A bot that does not exist is not found.
  if (status === 401 || status === 404) return Unauthorized.make({ where, detail })
  if (status >= 500 || status === 408 || (status >= 200 && status < 300)) {
    return Unavailable.make({ where, detail: `${status} ${detail}` })
  }
  return Rejected.make({ where, code: String(status), detail: status < 400 ? "redirects are not followed" : detail })
}

/** Sends a message. */
export const sendMessage = (bot: Bot, { chatId, isMarkup, text }: TelegramMessage): Effect.Effect<void, Reason> =>
  Effect.asVoid(ask(bot, "sendMessage", {
    chat_id: chatId,
    text: text.toWellFormed(),
    ...(isMarkup ? { parse_mode: "HTML" } : {}),
    link_preview_options: { is_disabled: true }
  }))

const decodeUser = Schema.decodeUnknownOption(Schema.Struct({ username: Schema.String }))

/** The bot's user name. */
export const userName = (bot: Bot): Effect.Effect<string, Reason> =>
  Effect.map(ask(bot, "getMe", {}), (user) => Option.getOrUndefined(decodeUser(user))?.username ?? "without a name")

/** Fails when the bot cannot see a chat. */
export const findChat = (bot: Bot, chatId: string): Effect.Effect<void, Reason> =>
  Effect.asVoid(ask(bot, "getChat", { chat_id: chatId }))
