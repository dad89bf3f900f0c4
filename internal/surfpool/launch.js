// Starts Surfpool (only its native package) with its ports on loopback, prints {"rpc": URL, "ws": URL} on one line, and stops
// when standard input ends.
"use strict";
const { Surfnet } = require("@solana/surfpool-linux-x64-gnu");

const net = Surfnet.startWithConfig({ offline: true });
// Its event queue is bounded: unless it is drained, Surfpool blocks after some 260 transactions.
setInterval(() => net.drainEvents(), 20);
process.stdout.write(JSON.stringify({ rpc: net.rpcUrl, ws: net.wsUrl }) + "\n");
process.stdin.resume();
process.stdin.on("end", () => {
  net.stop();
  process.exit(0);
});
