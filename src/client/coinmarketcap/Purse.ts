/** Credits of a UTC day: reserved before a call at what it may cost at most, settled at what it did cost. Pure state. */

const day = 86_400_000

/** What was spent today. */
export interface Purse {
  readonly perDay: number
  /** UTC day the figures are of. */
  today: number
  spent: number
  calls: number
}

/** A full purse. */
export const make = (perDay: number): Purse => ({ perDay, today: -1, spent: 0, calls: 0 })

/** Takes credits for a call at `now` (ms UTC); false, and nothing taken, when the day's do not suffice. A clock set back begins no new day. */
export const reserve = (purse: Purse, credits: number, now: number): boolean => {
  const today = Math.floor(now / day)
  if (today > purse.today) Object.assign(purse, { today, spent: 0 })
  if (purse.spent + credits > purse.perDay) return false
  purse.spent += credits
  purse.calls++
  return true
}

/**
 * Corrects what a call, reserved at `reservedAt` (ms UTC), was thought to cost. A reply that names less gives the rest back, to the day it was
 * taken from.
 */
export const settle = (purse: Purse, reserved: number, cost: number, reservedAt: number): void => {
  if (Math.floor(reservedAt / day) !== purse.today) return
  if (Number.isFinite(cost) && cost >= 0) purse.spent += cost - reserved
}

/** How long until the next UTC day, ms. */
export const untilTomorrow = (now: number): number => day - (now % day)
