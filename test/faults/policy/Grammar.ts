/** Expressions and templates as a trader may write them, drawn from numbers; most of them make sense. */

/** A number below a bound. */
export type Random = (below: number) => number

const of = <A>(random: Random, all: ReadonlyArray<A>): A => all[random(all.length)] as A

const numbers = ["0", "1", "0.5", "100", "0.000000000000000001", "9".repeat(80), "3.14159265358979", "1790000000000"]
const variables = ["event.price", "event.bid", "event.ask", "event.size", "event.time", "position.size", "now"]
const texts = ["'Yes'", "\"no\"", "''", "'a\\b'", "\"{{\"", "'__proto__'", "event.asset", "event.side", "policy.name"]
const lookUps = ["ask('BTC')", "bid('x:Yes')", "price(\"ETH\")", "fear_greed()", "volume('BTC')", "position('1')"]

/** An expression of a number. */
export const numberText = (random: Random, depth: number): string => {
  if (depth <= 0 || random(5) === 0) return of(random, [...numbers, ...variables, ...lookUps])
  const inner = () => numberText(random, depth - 1)
  switch (random(6)) {
    case 0:
      return `(${inner()})`
    case 1:
      return `-${inner()}`
    case 2:
      return `${of(random, ["abs", "floor", "ceil"])}(${inner()})`
    case 3:
      return `${of(random, ["min", "max", "round"])}(${inner()}, ${inner()})`
    case 4:
      return `if(${truthText(random, depth - 1)}, ${inner()}, ${inner()})`
    default:
      return `${inner()} ${of(random, ["+", "-", "*", "/", "%"])} ${inner()}`
  }
}

/** An expression that is true or false. */
export const truthText = (random: Random, depth: number): string => {
  switch (depth <= 0 ? 0 : random(5)) {
    case 0:
      return `${numberText(random, depth - 1)} ${of(random, ["<", "<=", ">", ">=", "==", "!="])} ${
        numberText(random, depth - 1)
      }`
    case 1:
      return `${of(random, texts)} ${of(random, ["==", "!="])} ${of(random, texts)}`
    case 2:
      return `not ${truthText(random, depth - 1)}`
    default:
      return `${truthText(random, depth - 1)} ${of(random, ["and", "or"])} ${truthText(random, depth - 1)}`
  }
}

/** An expression of any kind. */
export const expressionText = (random: Random): string =>
  random(3) === 0 ? truthText(random, random(5)) : numberText(random, random(6))

const filters = ["round: 2", "floor: 1", "ceil: 18", "percent", "usd", "date", "default: 0", "upper", "lower"]

/** Text with expressions and filters in it. */
export const templateText = (random: Random): string => {
  let text = ""
  for (let part = 0; part <= random(4); part++) {
    const value = random(4) === 0 ? of(random, texts) : numberText(random, random(3))
    let filtered = value
    for (let count = random(3); count > 0; count--) filtered += ` | ${of(random, [...filters, "truncate: 3"])}`
    text += `${of(random, ["", "at ", "}}", "{ ", "é\n"])}{{ ${filtered} }}`
  }
  return text
}
