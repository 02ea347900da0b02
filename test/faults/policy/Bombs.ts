/** Policy files made to cost more than they look: as large as a file may be, or as many words, or as deep. */

const policy = (
  conditions: string,
  action = `{ type: notification, channel: console, template: "x" }`
) => `policies:\n  - id: a\n    conditions: ${conditions}\n    actions:\n      - ${action}\n`

const webhook = (more: string) => policy("{ field: tick }", `{ type: webhook, url: "https://example.com/", ${more} }`)

const each = (count: number, part: (index: number) => string, between = "") =>
  Array.from({ length: count }, (_, index) => part(index)).join(between)

const line = (index: number) =>
  `  - { id: p${index}, conditions: { field: price, operator: ">", value: 1 }, actions: [{ type: notification, channel: console, template: "x" }] }\n`

/** Characters that fill a file. */
const many = 250_000

/** Names and texts; none is larger than a file may be. */
export const bombs: ReadonlyArray<readonly [string, string]> = [
  [
    "a billion laughs",
    `a: &a ["x"]\n${each(9, (at) => `b${at}: &b${at} [${"*a,".repeat(9)}]`, "\n")}\npolicies: [*b8]\n`
  ],
  ["one reference", "policies: &a [*a]\n"],
  ["many references", `policies: [&a 1, ${"*a,".repeat(20_000)}]`],
  ["many anchors", `policies: [${each(12_000, (at) => `&a${at} 1`, ",")}]`],
  ["more anchors than may be", `policies: [${each(20_000, (at) => `&a${at} 1`, ",")}]`],
  ["open lists", `policies: ${"[".repeat(many)}`],
  ["nested lists", `policies: ${"[".repeat(100_000)}${"]".repeat(100_000)}`],
  ["open maps", `policies: ${"{a: ".repeat(60_000)}`],
  ["nested dashes", `policies:\n${"- ".repeat(100_000)}`],
  ["nested question marks", `policies:\n${"? ".repeat(100_000)}`],
  ["nested lines", `policies:\n${each(500, (at) => `${" ".repeat(at + 1)}a:\n`)}`],
  ["nested conditions", policy(`${"{ not: ".repeat(5_000)}{ field: tick }${" }".repeat(5_000)}`)],
  ["conditions as deep as may be", policy(`${"{ not: ".repeat(25)}{ field: tick }${" }".repeat(25)}`)],
  ["a nested body", webhook(`body: ${"[".repeat(5_000)}${"]".repeat(5_000)}`)],
  ["tags of programs", "policies: !!js/function 'function () { return 1 }'"],
  ["tags of Python", "policies: !!python/object/apply:os.system ['ls']"],
  ["tags of Ruby", "policies: !ruby/object:Gem::Installer { i: x }"],
  ["binary", policy("{ field: !!binary cHJpY2U=, operator: \">\", value: 1 }")],
  ["sets and maps", "policies: !!set { a, b }\ntests: !!omap [a: 1]"],
  ["many tags", `policies: ${"!a ".repeat(30_000)}`],
  ["a merge", policy("{ <<: { field: price }, operator: \">\", value: 1 }")],
  ["YAML 1.1", `%YAML 1.1\n---\n${policy("{ field: price, operator: \">\", value: 1_0:30 }")}`],
  ["double keys", each(8_000, () => "k: 1\n")],
  ["many keys", each(8_000, (at) => `k${at}: 1\n`)],
  ["more keys than may be", each(25_000, (at) => `k${at}: 1\n`)],
  ["many unknown keys", policy(`{ field: price, operator: ">", value: 1, ${each(8_000, (at) => `k${at}: 1`, ",")} }`)],
  ["keys that are lists", "? [a, b]\n: 1\n? {c: d}\n: 2\n"],
  ["a huge key", policy(`{ field: price, operator: ">", value: 1, ${"k".repeat(many)}: 1 }`)],
  ["a huge field", policy(`{ field: ${"a".repeat(many)}, operator: ">", value: 1 }`)],
  ["a huge operator", policy(`{ field: price, operator: ${"a".repeat(many)}, value: 1 }`)],
  ["a huge whole number", policy(`{ field: price, operator: ">", value: ${"9".repeat(many)} }`)],
  ["a huge hexadecimal", policy(`{ field: price, operator: ">", value: 0x${"f".repeat(many)} }`)],
  ["a huge exponent", policy("{ field: price, operator: \">\", value: 1e999999999 }")],
  ["a number that is none", policy("{ field: price, operator: \">\", value: .nan }")],
  ["a huge text of digits", policy(`{ field: price, operator: ">", value: "${"9".repeat(many)}" }`)],
  [
    "a huge length of time",
    policy("{ field: tick }").replace("conditions", `cooldown: ${"9".repeat(many)}d\n    conditions`)
  ],
  [
    "a huge limit",
    policy("{ field: tick }").replace("conditions", `limits: { firings: ${"9".repeat(many)} per 1d }\n    conditions`)
  ],
  ["a long line", `policies: ${"x".repeat(many)}`],
  ["a long blank", `policies: a${" ".repeat(many)}b`],
  ["tabs", `policies:\n${"\t".repeat(many)}`],
  ["colons", `policies:${":".repeat(many)}`],
  ["commas", `policies: [${",".repeat(many)}]`],
  ["as many commas as may be", `policies: [${",".repeat(60_000)}]`],
  ["line ends", "\n".repeat(many)],
  ["carriage returns", "\r".repeat(many)],
  ["NULs", "\0".repeat(many)],
  ["a NUL before a policy", `\0${policy("{ field: tick }")}`],
  ["a byte order mark", `\ufeff${policy("{ field: tick }")}`],
  ["carriage returns and line ends", policy("{ field: tick }").replaceAll("\n", "\r\n")],
  ["lone surrogates", policy("{ field: tick }", `{ type: notification, channel: console, template: "\\ud800" }`)],
  ["documents", "---\n".repeat(25_000)],
  ["comments", `${policy("{ field: tick }")}${"# a\n".repeat(30_000)}`],
  ["an open text", `policies: "${"\\x41".repeat(60_000)}`],
  [
    "a text of escapes",
    policy("{ field: tick }", `{ type: notification, channel: console, template: "${"\\u0041".repeat(40_000)}" }`)
  ],
  ["a folded text", `policies: a\n${"  b\n\n".repeat(12_000)}`],
  ["a block text", `policies: |\n${"  b\n".repeat(60_000)}`],
  ["policies", `policies:\n${each(750, line)}`],
  ["more policies than may be", `policies:\n${each(1_700, line)}`],
  ["policies of one id", `policies:\n${line(1).repeat(750)}`],
  ["wrong policies", `policies: [${"1,".repeat(20_000)}]`],
  ["empty policies", `policies: [${"{},".repeat(20_000)}]`],
  [
    "policies that are wrong all over",
    `policies:\n${each(700, (at) => line(at).replaceAll(/(?<=\w{3})\w(?=\w*:)/g, "x"))}`
  ],
  ["a long list of values", policy(`{ field: price, operator: in, value: [${each(19_000, (at) => `${at}.5`, ",")}] }`)],
  ["a long list of wrong values", policy(`{ field: price, operator: in, value: [${"a,".repeat(19_000)}] }`)],
  ["a long list of assets", policy(`{ field: price, operator: ">", value: 1, asset: [${"BTC,".repeat(19_000)}] }`)],
  ["a long list of wrong assets", policy(`{ field: price, operator: ">", value: 1, asset: [${"a,".repeat(19_000)}] }`)],
  ["many stars", policy(`{ field: price, operator: ">", value: 1, asset: "${"a*".repeat(120_000)}:Yes" }`)],
  ["a long list of conditions", policy(`{ all: [${"{ field: price, operator: \">\", value: 1 },".repeat(2_000)}] }`)],
  ["a long list of empty conditions", policy(`{ any: [${"{},".repeat(19_000)}] }`)],
  [
    "many expressions",
    policy("{ field: tick }", `{ type: notification, channel: console, template: "${"{{ now }}".repeat(25_000)}" }`)
  ],
  [
    "many open expressions",
    policy("{ field: tick }", `{ type: notification, channel: console, template: "${"{{".repeat(120_000)}" }`)
  ],
  [
    "an address of open expressions",
    policy("{ field: tick }", `{ type: webhook, url: "https://example.com/${"{{".repeat(110_000)}" }`)
  ],
  ["a long address", policy("{ field: tick }", `{ type: webhook, url: "https://example.com/${"@".repeat(240_000)}" }`)],
  ["a body of many values", webhook(`body: [${"1,".repeat(19_000)}]`)],
  ["a body of many expressions", webhook(`body: [${"\"{{ now }}\",".repeat(18_000)}]`)],
  ["a body of many keys", webhook(`body: {${each(8_000, (at) => `k${at}: 1`, ",")}}`)],
  ["a body of blanks", webhook(`body: "${" ".repeat(240_000)}"`)],
  ["many wrong headers", webhook(`headers: {${each(8_000, (at) => `"k ${at}": a`, ",")}}`)],
  [
    "prototypes",
    `__proto__: { polluted: 1 }\nconstructor: { prototype: { polluted: 1 } }\n${policy("{ field: tick }")}`
  ],
  [
    "prototypes in a body",
    webhook("body: { __proto__: { polluted: 1 }, constructor: { prototype: { polluted: 1 } } }")
  ],
  ["prototypes in headers", webhook("headers: { __proto__: polluted, constructor: x }")],
  ["many empty tests", `${policy("{ field: tick }")}tests: [${"{},".repeat(19_000)}]`],
  [
    "many events",
    `${policy("{ field: tick }")}tests: [{ name: a, expect: [], events: [${"{ at: 1s },".repeat(5_500)}] }]`
  ]
]
