// What @solana/web3.js, @solana/spl-token and @coral-xyz/anchor do with the local chain. node web3.js RPC WS PROGRAM [token]
"use strict";
const assert = require("node:assert/strict");
const web3 = require("@solana/web3.js");
const token = require("@solana/spl-token");
const anchor = require("@coral-xyz/anchor");

const [rpc, ws, program, withToken] = process.argv.slice(2);
const connection = new web3.Connection(rpc, { wsEndpoint: ws, commitment: "confirmed" });
const done = (what) => console.log("ok " + what);

async function wallet() {
  const key = web3.Keypair.generate();
  const { blockhash, lastValidBlockHeight } = await connection.getLatestBlockhash();
  const signature = await connection.requestAirdrop(key.publicKey, 10 * web3.LAMPORTS_PER_SOL);
  const { value } = await connection.confirmTransaction({ signature, blockhash, lastValidBlockHeight });
  assert.equal(value.err, null);
  return key;
}

async function transfers(who) {
  const to = web3.Keypair.generate().publicKey;
  const changed = new Promise((resolve) => connection.onAccountChange(to, resolve));
  await new Promise((resolve) => setTimeout(resolve, 100)); // the subscription has no answer that one could wait for
  const ix = web3.SystemProgram.transfer({ fromPubkey: who.publicKey, toPubkey: to, lamports: 1e9 });
  const signature = await web3.sendAndConfirmTransaction(connection, new web3.Transaction().add(ix), [who]);
  assert.equal((await changed).lamports, 1e9);
  const parsed = await connection.getParsedTransaction(signature, { maxSupportedTransactionVersion: 0 });
  assert.equal(parsed.transaction.message.instructions[0].parsed.type, "transfer");
  assert.equal(parsed.transaction.message.instructions[0].parsed.info.lamports, 1e9);
  const [status] = (await connection.getSignatureStatuses([signature])).value;
  assert.equal(status.confirmationStatus, "finalized");
  assert.equal((await connection.getSignaturesForAddress(to))[0].signature, signature);
  const block = await connection.getBlock(await connection.getSlot(), { maxSupportedTransactionVersion: 0 });
  assert.ok(block.blockhash);
  done("transfers");
}

async function v0(who, tables, ...instructions) {
  const { blockhash, lastValidBlockHeight } = await connection.getLatestBlockhash();
  const message = new web3.TransactionMessage({ payerKey: who.publicKey, recentBlockhash: blockhash, instructions });
  const tx = new web3.VersionedTransaction(message.compileToV0Message(tables));
  tx.sign([who]);
  const signature = await connection.sendTransaction(tx);
  const { value } = await connection.confirmTransaction({ signature, blockhash, lastValidBlockHeight });
  assert.equal(value.err, null);
  return { tx, signature };
}

async function lookupTables(who) {
  const authority = who.publicKey, payer = who.publicKey;
  const [create, lookupTable] = web3.AddressLookupTableProgram.createLookupTable({ authority, payer, recentSlot: await connection.getSlot() });
  const to = Array.from({ length: 5 }, () => web3.Keypair.generate().publicKey);
  const extend = web3.AddressLookupTableProgram.extendLookupTable({ lookupTable, authority, payer, addresses: to });
  await v0(who, [], create, extend);
  const table = (await connection.getAddressLookupTable(lookupTable)).value;
  assert.ok(table.isActive());
  assert.deepEqual(table.state.addresses.map(String), to.map(String));
  const pay = to.map((toPubkey) => web3.SystemProgram.transfer({ fromPubkey: payer, toPubkey, lamports: 1e8 }));
  const { tx, signature } = await v0(who, [table], ...pay);
  assert.equal(tx.message.addressTableLookups[0].writableIndexes.length, 5);
  assert.equal(await connection.getBalance(to[4]), 1e8);
  const parsed = await connection.getParsedTransaction(signature, { maxSupportedTransactionVersion: 0 });
  assert.deepEqual(parsed.transaction.message.accountKeys.filter((k) => k.source === "lookupTable").map((k) => String(k.pubkey)), to.map(String));
  await v0(who, [], web3.AddressLookupTableProgram.deactivateLookupTable({ lookupTable, authority }));
  assert.ok(!(await connection.getAddressLookupTable(lookupTable)).value.isActive());
  done("lookup tables");
}

async function idl(who) {
  const provider = new anchor.AnchorProvider(connection, new anchor.Wallet(who), {});
  const found = await anchor.Program.fetchIdl(new web3.PublicKey(program), provider);
  assert.equal(found.address, program);
  const client = await anchor.Program.at(new web3.PublicKey(program), provider);
  const [name] = Object.keys(client.account).filter((n) => /counter/i.test(n));
  const counters = await client.account[name].all();
  assert.equal(counters.length, 1);
  done("fetchIdl, and the accounts that it describes");
}

async function tokens(who) {
  const mint = await token.createMint(connection, who, who.publicKey, null, 6);
  const mine = await token.getOrCreateAssociatedTokenAccount(connection, who, mint, who.publicKey);
  await token.mintTo(connection, who, mint, mine.address, who, 5_000_000);
  const other = await token.getOrCreateAssociatedTokenAccount(connection, who, mint, web3.Keypair.generate().publicKey);
  const signature = await token.transferChecked(connection, who, mine.address, mint, other.address, who, 1_500_000, 6);
  assert.equal((await token.getAccount(connection, other.address)).amount, 1_500_000n);
  const { meta } = await connection.getParsedTransaction(signature);
  const amounts = (list) => list.map((b) => b.uiTokenAmount.uiAmountString).sort();
  assert.deepEqual([amounts(meta.preTokenBalances), amounts(meta.postTokenBalances)], [["0", "5"], ["1.5", "3.5"]]);
  assert.equal((await connection.getParsedTokenAccountsByOwner(who.publicKey, { mint })).value[0].account.data.parsed.info.tokenAmount.amount, "3500000");
  done("tokens");
}

(async () => {
  const who = await wallet();
  await transfers(who);
  await lookupTables(who);
  await idl(who);
  if (withToken) await tokens(who);
  process.exit(0);
})().catch((e) => {
  console.error(e);
  process.exit(1);
});
