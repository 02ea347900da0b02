/**
 * Messages to a Telegram chat. What waits goes in one message while it fits, since a chat takes one a second and a group twenty a minute; values
 * are text and never markup; markup that Telegram does not take is sent as plain text.
 */
import { Clock, Effect } from "effect"
import * as Telegram from "../../client/Telegram.ts"
import { escapeHtml } from "../../domain/Html.ts"
import type { Notification } from "../Notifier.ts"
import type { Pace } from "./Pace.ts"
import type { Parcel, Sender, SendFailure } from "./Sender.ts"
import { isTelegramMarkup } from "./TelegramMarkup.ts"

/** Between messages to one person, ms: one a second. */
const chatGap = 1_000
/** Between messages to one group or channel, ms: twenty a minute. */
const groupGap = 3_000
/** Between all messages of a bot, ms: thirty a second. */
const botGap = 34
/** A message that waited longer says when it is from, ms. */
const freshFor = 60_000

/** A text of at most so many UTF-16 units, with a sign that something was cut off and no half of a character. */
export const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 2).replace(/[\uD800-\uDBFF]$/, "")} …`

const stampOf = (time: number, now: number): string =>
  now - time > freshFor ? `[${new Date(time).toISOString().slice(11, 19)} UTC] ` : ""

const leftOutText = (leftOut: number): ReadonlyArray<string> =>
  leftOut === 0 ? [] : [`${leftOut} more ${leftOut === 1 ? "message" : "messages"}: too many were waiting`]

const between = "\n\n"

/** A message as HTML: as its author marked it up, or as it stands where that is no markup. */
const markupOf = ({ markup, text }: Notification): string =>
  markup !== undefined && isTelegramMarkup(markup) ? markup : escapeHtml(text)

/** What stands in the chat, with markup and without. `now` ms UTC. */
export const textsOf = ({ leftOut, notifications }: Parcel, now: number) => {
  const tail = leftOutText(leftOut)
  const show = (of: (notification: Notification) => string) =>
    [...notifications.map((one) => stampOf(one.time, now) + of(one)), ...tail].join(between)
  const plain = show(({ text }) => text)
  if (plain.length <= Telegram.longestText) {
    return { plain, markup: show(markupOf) }
  }
  const end = tail.map((text) => between + text).join("")
  const short = cut(plain.slice(0, plain.length - end.length), Telegram.longestText - end.length) + end
  return { plain: short, markup: escapeHtml(short) }
}

/** Sends to a chat. */
export const make = (bot: Telegram.Bot, chatId: string, pace: Pace): Sender => {
  const owner = Telegram.idOf(bot)
  const chat = `${owner} ${chatId}`
  const turn = pace.turn([
    { name: chat, ms: /^[-@]/.test(chatId) ? groupGap : chatGap },
    { name: owner, ms: botGap }
  ])
  const keepsAway = ({ reason }: SendFailure) =>
    reason._tag === "RateLimited" && reason.retryAfterMs !== undefined
      ? pace.hold(chat, reason.retryAfterMs)
      : Effect.void
  return {
    room: Telegram.longestText,
    turn,
    isPatient: true,
    send: Effect.fnUntraced(function*(parcel) {
      const { markup, plain } = textsOf(parcel, yield* Clock.currentTimeMillis)
      const say = (text: string, isMarkup: boolean, tries: number) =>
        Telegram.sendMessage(bot, { chatId, text, isMarkup }).pipe(
          Effect.as(tries),
          Effect.mapError((reason): SendFailure => ({ reason, tries }))
        )
      return yield* say(markup, true, 1).pipe(
        Effect.catchIf(
          ({ reason }) => reason._tag === "Rejected" && reason.code === "400",
          () => Effect.andThen(turn, say(plain, false, 2))
        ),
        Effect.tapError(keepsAway)
      )
    })
  }
}
