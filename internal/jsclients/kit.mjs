// What @solana/kit does with the local chain. node kit.mjs RPC WS
import assert from "node:assert/strict";
import * as kit from "@solana/kit";
import { createBlockHeightExceedencePromiseFactory } from "@solana/transaction-confirmation";

const [url, ws] = process.argv.slice(2);
const rpc = kit.createSolanaRpc(url);
const rpcSubscriptions = kit.createSolanaRpcSubscriptions(ws);
const who = await kit.generateKeyPairSigner();
const airdrop = kit.airdropFactory({ rpc, rpcSubscriptions });
await airdrop({ recipientAddress: who.address, lamports: kit.lamports(10_000_000_000n), commitment: "confirmed" });
assert.equal((await rpc.getBalance(who.address).send()).value, 10_000_000_000n);
console.log("ok airdrop");

// transfer makes a signed transfer; the instruction is written out, as @solana-program/system would.
async function transfer(lifetime) {
  const to = (await kit.generateKeyPairSigner()).address;
  const data = new Uint8Array(12);
  new DataView(data.buffer).setUint32(0, 2, true);
  new DataView(data.buffer).setBigUint64(4, 1_000_000_000n, true);
  const ix = {
    programAddress: kit.address("11111111111111111111111111111111"),
    accounts: [{ address: who.address, role: kit.AccountRole.WRITABLE_SIGNER, signer: who }, { address: to, role: kit.AccountRole.WRITABLE }],
    data,
  };
  const message = kit.pipe(
    kit.createTransactionMessage({ version: 0 }),
    (m) => kit.setTransactionMessageFeePayerSigner(who, m),
    (m) => kit.setTransactionMessageLifetimeUsingBlockhash(lifetime, m),
    (m) => kit.appendTransactionMessageInstruction(ix, m),
  );
  return { to, tx: await kit.signTransactionMessageWithSigners(message) };
}

const sendAndConfirm = kit.sendAndConfirmTransactionFactory({ rpc, rpcSubscriptions });
const { value: latest } = await rpc.getLatestBlockhash().send();
const { to, tx } = await transfer(latest);
await sendAndConfirm(tx, { commitment: "confirmed" });
assert.equal((await rpc.getBalance(to).send()).value, 1_000_000_000n);
console.log("ok sendAndConfirm");

// A transaction that is never sent expires, and kit notices by slot notifications.
const expired = (await transfer(latest)).tx;
const exceeded = createBlockHeightExceedencePromiseFactory({ rpc, rpcSubscriptions });
const waiting = exceeded({ abortSignal: AbortSignal.timeout(20_000), lastValidBlockHeight: expired.lifetimeConstraint.lastValidBlockHeight });
setTimeout(() => console.log("warp"), 200); // the test moves the chain on
await assert.rejects(
  waiting,
  (e) => kit.isSolanaError(e, kit.SOLANA_ERROR__BLOCK_HEIGHT_EXCEEDED),
);
console.log("ok waiting for an expiry");
process.exit(0);
