// A driver for npm litesvm (only its native package): one JSON request per line on standard input, one JSON reply per line on
// standard output. Bytes are base64, 64-bit numbers decimal strings. Package litesvm runs it.
"use strict";
const readline = require("node:readline");
const { LiteSvm, Account, Clock, FailedTransactionMetadata } = require("litesvm-linux-x64-gnu");

let svm;
const bytes = (s) => Uint8Array.from(Buffer.from(s || "", "base64")); // Go encodes nil as null
const text = (b) => Buffer.from(b).toString("base64");

function account(key) {
  const a = svm.getAccount(bytes(key));
  if (a === null || a.lamports() === 0n) return null;
  return {
    lamports: a.lamports().toString(),
    data: text(a.data()),
    owner: text(a.owner()),
    executable: a.executable(),
    rentEpoch: a.rentEpoch().toString(),
  };
}

function setClock(c) {
  const n = (s) => BigInt(s);
  svm.setClock(new Clock(n(c.slot), n(c.epochStart), n(c.epoch), n(c.leaderEpoch), n(c.unix)));
}

// The Rust debug form of a failure is "FailedTransactionMetadata { err: <error>, meta: ...": the error is extracted.
function errorOf(result) {
  const s = result.toString();
  const from = s.indexOf("err: ") + 5;
  return s.slice(from, s.indexOf(", meta: ", from));
}

const ops = {
  reset() {
    svm = new LiteSvm();
    svm.setBlockhashCheck(false); // the two ledgers have different blockhashes
    svm.setTransactionHistory(100000n);
    return {};
  },
  clock(r) {
    setClock(r.clock);
    return {};
  },
  program(r) {
    try {
      svm.addProgram(bytes(r.key), bytes(r.elf));
    } catch (e) {
      return { err: String(e) };
    }
    return {};
  },
  set(r) {
    const a = r.account;
    svm.setAccount(
      bytes(r.key),
      new Account(BigInt(a.lamports), bytes(a.data), bytes(a.owner), a.executable, BigInt(a.rentEpoch)),
    );
    return {};
  },
  get(r) {
    return { accounts: r.keys.map(account) };
  },
  rent(r) {
    return { lamports: svm.minimumBalanceForRentExemption(BigInt(r.size)).toString() };
  },
  // Runs transactions and says how long they took alone: for the comparison of speeds.
  replay(r) {
    const wires = r.keys.map(bytes);
    const start = process.hrtime.bigint();
    let failed = 0;
    for (const wire of wires) {
      if (svm.sendLegacyTransaction(wire) instanceof FailedTransactionMetadata) failed++;
    }
    return { units: (process.hrtime.bigint() - start).toString(), err: failed ? `${failed} failed` : "" };
  },
  send(r) {
    setClock(r.clock);
    const wire = bytes(r.wire);
    const result = r.versioned ? svm.sendVersionedTransaction(wire) : svm.sendLegacyTransaction(wire);
    const failed = result instanceof FailedTransactionMetadata;
    const meta = failed ? result.meta() : result;
    return {
      err: failed ? errorOf(result) : "",
      logs: meta.logs(),
      units: meta.computeUnitsConsumed().toString(),
      returnProgram: text(meta.returnData().programId()),
      returnData: text(meta.returnData().data()),
      inner: meta.innerInstructions().map((list) =>
        list.map((i) => {
          const c = i.instruction();
          return {
            program: c.programIdIndex(),
            accounts: text(c.accounts()),
            data: text(c.data()),
            height: i.stackHeight(),
          };
        }),
      ),
      accounts: r.keys.map(account),
    };
  },
};

readline.createInterface({ input: process.stdin, crlfDelay: Infinity }).on("line", (line) => {
  let reply;
  try {
    const r = JSON.parse(line);
    reply = ops[r.op](r);
  } catch (e) {
    reply = { fault: String((e && e.stack) || e) };
  }
  process.stdout.write(JSON.stringify(reply) + "\n");
});
