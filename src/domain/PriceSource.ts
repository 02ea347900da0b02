/** Who tells prices of symbols such as BTC; `cmc` is CoinMarketCap. Best first, unless the settings say otherwise. */
export const priceSources = ["polybolt", "rtds-chainlink", "rtds-binance", "cmc"] as const
export type PriceSource = typeof priceSources[number]
