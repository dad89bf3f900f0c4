// Writes the CIDs that another implementation of UnixFS (npm
// ipfs-unixfs-importer, the one Helia uses) gives the fixture trees of
// golden_test.go, under each of the four profiles in common use, and a small
// DAG of each as blocks, so that reading can be tested without Node.
//
//   npm ci && node golden.mjs > golden.json && npm run car
//
// It also writes the small tree to the directory small, which npm ipfs-car then
// packs into small.car by its own defaults.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { importer } from 'ipfs-unixfs-importer'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { balanced } from 'ipfs-unixfs-importer/layout'

const profiles = {
  'cidv1-raw-256k': { cidVersion: 1, rawLeaves: true, chunkSize: 256 << 10, links: 174, split: 'links-bytes' },
  'unixfs-v1-2025': { cidVersion: 1, rawLeaves: true, chunkSize: 1 << 20, links: 1024, split: 'block-bytes' },
  'cidv1-dagpb-256k': { cidVersion: 1, rawLeaves: false, chunkSize: 256 << 10, links: 174, split: 'links-bytes' },
  'unixfs-v0-2015': { cidVersion: 0, rawLeaves: false, chunkSize: 256 << 10, links: 174, split: 'links-bytes' }
}

// xorshift32, the low byte of each step
function pseudo (n, seed) {
  const out = new Uint8Array(n)
  let x = seed >>> 0
  for (let i = 0; i < n; i++) {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    x >>>= 0
    out[i] = x & 0xff
  }
  return out
}
const text = s => new TextEncoder().encode(s)

const trees = {
  mixed: [
    { path: 'config.json', content: text('{"version":2}') },
    { path: 'big.bin', content: pseudo(5_000_003, 1) },
    { path: 'exact.bin', content: pseudo(256 << 10, 2) },
    { path: 'empty.txt', content: new Uint8Array(0) },
    { path: '.hidden', content: text('hidden\n') },
    { path: 'nested/deep/a.txt', content: text('a') },
    { path: 'nested/deep/.keep', content: new Uint8Array(0) },
    { path: 'nested/void' },
    { path: 'Ünïcode/naïve café.md', content: text('ü') },
    { path: 'Ünïcode/日本語.txt', content: text('日本語') }
  ],
  // 1,200 names of 210 bytes: past the 256 KiB at which a directory is sharded
  sharded: Array.from({ length: 1200 }, (_, i) => ({
    path: 'entry-' + String(i).padStart(204, '0'), content: text(String(i))
  })),
  // one file with an inner node below the root even at 174 links of 256 KiB
  tall: [{ path: 'weights.bin', content: pseudo(174 * (256 << 10) + 1, 3) }],
  // small enough for its blocks to be kept here
  small: [
    { path: 'config.json', content: text('{}') },
    { path: 'sub/data.bin', content: pseudo(1000, 4) },
    { path: 'sub/empty', content: new Uint8Array(0) },
    { path: 'two.bin', content: pseudo(2000, 5) }
  ]
}

const golden = {}
for (const [name, tree] of Object.entries(trees)) {
  golden[name] = {}
  for (const [profile, p] of Object.entries(profiles)) {
    const blocks = []
    const store = { async put (cid, bytes) { blocks.push([cid.toString(), Buffer.from(bytes).toString('base64')]); return cid } }
    // in the small tree a chunk is 1 KiB, so that its file has an inner node
    const chunkSize = name === 'small' ? 1024 : p.chunkSize
    let root
    for await (const e of importer(tree.map(({ path, content }) => ({ path, content })), store, {
      cidVersion: p.cidVersion,
      rawLeaves: p.rawLeaves,
      leafType: 'file',
      reduceSingleLeafToSelf: true,
      chunker: fixedSize({ chunkSize }),
      layout: balanced({ maxChildrenPerNode: p.links }),
      shardSplitStrategy: p.split,
      wrapWithDirectory: true
    })) root = e.cid
    golden[name][profile] = { root: root.toString() }
    if (name === 'small') golden[name][profile].blocks = blocks
  }
}
for (const { path, content } of trees.small) {
  mkdirSync(dirname(join('small', path)), { recursive: true })
  writeFileSync(join('small', path), content)
}
console.log(JSON.stringify(golden, null, 1))
