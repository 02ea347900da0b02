/**
 * What the simulator needs of Ethereum before anybody signs anything: Keccak-256, addresses of keys, their checksums, addresses that a factory would
 * create. By node:crypto and by hand, because loading viem takes a fifth of the time in which the simulator has to listen; signatures are viem's.
 * @see https://keccak.team/keccak_specs_summary.html
 */
import { createECDH } from "node:crypto"
import type { Address, Hex } from "viem"

/** Bytes of a block, and of a digest. */
const blockBytes = 136
const digestBytes = 32

/** Where the bits of one lane after the other move to, and by how many they are turned: pairs, the place that of the low half. */
const moves = new Int32Array(48)
for (let step = 0, x = 1, y = 0; step < 24; step++) {
  const next = (2 * x + 3 * y) % 5
  x = y
  y = next
  moves[step * 2] = (x + 5 * y) * 2
  moves[step * 2 + 1] = ((step + 1) * (step + 2) / 2) % 64
}

/** The constants of the rounds, low and high halves: bits of a shift register at places 0, 1, 3, 7, 15, 31 and 63. */
const constants = new Int32Array(48)
for (let round = 0, register = 1; round < 24; round++) {
  for (let power = 0; power < 7; power++) {
    const place = 2 ** power - 1
    const half = round * 2 + (place < 32 ? 0 : 1)
    if ((register & 1) === 1) constants[half] = (constants[half] as number) | (1 << (place % 32))
    register = (register << 1) ^ ((register >> 7) * 0x171)
  }
}

/** The low half of 64 bits turned to the left by less than 32, or, with the halves given the other way round, the high one. */
const turned = (near: number, far: number, bits: number): number =>
  bits === 0 ? near : (near << bits) | (far >>> (32 - bits))

/** Keccak-f[1600]; lanes are 64 bits, low halves at even places. */
const permute = (lanes: Int32Array): void => {
  // Plain loops without arrays of their own: this runs cold, when the simulator starts.
  const at = (index: number): number => lanes[index] as number
  const sums = new Int32Array(10)
  const row = new Int32Array(10)
  for (let round = 0; round < 48; round += 2) {
    for (let half = 0; half < 10; half++) {
      sums[half] = at(half) ^ at(half + 10) ^ at(half + 20) ^ at(half + 30) ^ at(half + 40)
    }
    for (let column = 0; column < 10; column += 2) {
      const before = (column + 8) % 10
      const next = sums[(column + 2) % 10] as number
      const nextHigh = sums[(column + 3) % 10] as number
      const change = (sums[before] as number) ^ turned(next, nextHigh, 1)
      const changeHigh = (sums[before + 1] as number) ^ turned(nextHigh, next, 1)
      for (let index = column; index < 50; index += 10) {
        lanes[index] = at(index) ^ change
        lanes[index + 1] = at(index + 1) ^ changeHigh
      }
    }
    let carried = at(2)
    let carriedHigh = at(3)
    for (let step = 0; step < 48; step += 2) {
      const place = moves[step] as number
      const turn = moves[step + 1] as number
      const kept = at(place)
      const keptHigh = at(place + 1)
      const near = turn < 32 ? carried : carriedHigh
      const far = turn < 32 ? carriedHigh : carried
      lanes[place] = turned(near, far, turn % 32)
      lanes[place + 1] = turned(far, near, turn % 32)
      carried = kept
      carriedHigh = keptHigh
    }
    for (let start = 0; start < 50; start += 10) {
      for (let half = 0; half < 10; half++) row[half] = at(start + half)
      for (let half = 0; half < 10; half++) {
        lanes[start + half] = (row[half] as number) ^
          (~(row[(half + 2) % 10] as number) & (row[(half + 4) % 10] as number))
      }
    }
    lanes[0] = at(0) ^ (constants[round] as number)
    lanes[1] = at(1) ^ (constants[round + 1] as number)
  }
}

/** Keccak-256, as Ethereum pads it. */
export const keccak256 = (bytes: Uint8Array): Buffer => {
  const padded = Buffer.alloc((Math.floor(bytes.length / blockBytes) + 1) * blockBytes)
  padded.set(bytes)
  padded[bytes.length] = 0x01
  padded[padded.length - 1] = (padded[padded.length - 1] as number) | 0x80
  const lanes = new Int32Array(50)
  for (let block = 0; block < padded.length; block += blockBytes) {
    for (let index = 0; index < blockBytes / 4; index++) {
      lanes[index] = (lanes[index] as number) ^ padded.readInt32LE(block + index * 4)
    }
    permute(lanes)
  }
  const digest = Buffer.alloc(digestBytes)
  for (let index = 0; index < digestBytes / 4; index++) digest.writeInt32LE(lanes[index] as number, index * 4)
  return digest
}

/** Bytes of some hex texts, one after the other. */
export const bytesOf = (...texts: ReadonlyArray<Hex>): Buffer =>
  Buffer.from(texts.map((text) => text.slice(2)).join(""), "hex")

const known = new Map<string, Address>()
const mostKnown = 10_000

/** An address with the checksum in its capitals. */
export const checksummed = (address: string): Address => {
  const digits = address.slice(2).toLowerCase()
  const found = known.get(digits)
  if (found !== undefined) return found
  const hash = keccak256(Buffer.from(digits)).toString("hex")
  const text: Address = `0x${
    [...digits].map((digit, index) => Number.parseInt(hash[index] as string, 16) > 7 ? digit.toUpperCase() : digit)
      .join("")
  }`
  if (known.size >= mostKnown) known.clear()
  known.set(digits, text)
  return text
}

const lastBytes = (hash: Buffer): Address => checksummed(`0x${hash.toString("hex", 12)}`)

/** The address of a private key. */
export const addressOf = (privateKey: Hex): Address => {
  const curve = createECDH("secp256k1")
  curve.setPrivateKey(bytesOf(privateKey))
  return lastBytes(keccak256(curve.getPublicKey().subarray(1)))
}

/** The address at which a factory creates a contract (CREATE2). */
export const createdAddress = (factory: Address, salt: Uint8Array, codeHash: Uint8Array): Address =>
  lastBytes(keccak256(Buffer.concat([Buffer.from([0xff]), bytesOf(factory), salt, codeHash])))
