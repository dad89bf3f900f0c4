// Starts Surfpool (its native package alone) with its ports on loopback, prints {"rpc": URL, "ws": URL} as one line, and stops
// when standard input ends.
"use strict";
const { Surfnet } = require("@solana/surfpool-linux-x64-gnu");

const net = Surfnet.startWithConfig({ offline: true });
// Its queue of events is bounded: after some 260 transactions that nobody hears of, it would stand still.
setInterval(() => net.drainEvents(), 20);
process.stdout.write(JSON.stringify({ rpc: net.rpcUrl, ws: net.wsUrl }) + "\n");
process.stdin.resume();
process.stdin.on("end", () => {
  net.stop();
  process.exit(0);
});
