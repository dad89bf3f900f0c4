// Package localnet runs a small Solana chain inside your process, for tests and
// demos.
//
//	func TestMyBot(t *testing.T) {
//		net := localnet.New(t)        // a chain with the decloud programs, initialized
//		net.Fund(wallet, 1e9)         // lamports from the faucet
//		client := net.RPC()           // an ordinary solana-go rpc.Client
//		…
//		net.Warp(time.Hour)           // deadlines pass without waiting
//	}
//
// Any Solana client can use it: Network.RPC is a solana-go client without a
// socket in between, Network.URL serves the same JSON-RPC over HTTP on
// loopback, Network.WSURL the subscriptions over WebSocket. The program that
// runs is the same ELF that a real network would run, in an sBPF virtual
// machine; a program of your own runs as well (WithProgram), and so do the SPL
// Token programs (WithToken). Anchor's clients find the programs' interfaces on the
// chain (AddIDL for yours). A test that needs a state in several ways makes it once
// and forks it (Fork), or goes back to it (Snapshot, Restore).
//
// # What it is not
//
// It is a test ledger: one bank, no consensus, no gossip, no forks, no votes,
// no stake, and one node that leads every slot. A transaction is final when
// sendTransaction returns, so the three commitment levels mean the same. Every
// transaction gets a slot of its own unless WithSlotTransactions says otherwise, for
// blocks by hand (ProduceBlock) with several; slots for time that passed without
// transactions are added when a client asks, or waits with a slot or root
// subscription (WithSlotTime). The chain ends with the process, unless WithLedger
// names a directory to keep it in. There is no access control and anybody may use the faucet, so
// expose it only to clients you trust (it listens on 127.0.0.1 unless WithHost
// says otherwise). Web pages that a browser shows are kept out: it answers only to
// addresses, localhost and the names of WithAllowedHosts, and to no page but those of
// WithAllowedOrigins.
//
// # What it serves
//
// HTTP (POST, also batches): getAccountInfo, getBalance, getBlock,
// getBlockCommitment, getBlockHeight, getBlockProduction, getBlockTime,
// getBlocks, getBlocksWithLimit, getClusterNodes, getEpochInfo,
// getEpochSchedule, getFeeForMessage, getFirstAvailableBlock, getGenesisHash,
// getHealth, getHighestSnapshotSlot, getIdentity, getInflationGovernor,
// getInflationRate, getInflationReward, getLargestAccounts, getLatestBlockhash,
// getLeaderSchedule, getMaxRetransmitSlot, getMaxShredInsertSlot,
// getMinimumBalanceForRentExemption, getMultipleAccounts, getProgramAccounts,
// getRecentPerformanceSamples, getRecentPrioritizationFees,
// getSignatureStatuses, getSignaturesForAddress, getSlot, getSlotLeader,
// getSlotLeaders, getStakeMinimumDelegation, getSupply, getTokenAccountBalance,
// getTokenAccountsByDelegate, getTokenAccountsByOwner, getTokenLargestAccounts,
// getTokenSupply, getTransaction, getTransactionCount, getVersion,
// getVoteAccounts, isBlockhashValid, minimumLedgerSlot, requestAirdrop,
// sendTransaction, simulateTransaction.
//
// WebSocket: account, block, logs, program, root, signature and slot
// subscriptions. Of slots that end at once without transactions, as after a warp,
// the last one stands for all.
//
// Responses have the shapes of Agave's RPC service, with these differences:
// jsonParsed parses mints, token accounts and lookup tables, and instructions of the system, token, associated token and
// lookup table programs (without multisig accounts and Token-2022's extensions),
// and falls back to the unparsed form for everything else; prioritization fees
// are always 0; loadedAccountsDataSize is null. The lookup table program takes
// constant compute units, close to those of the real one. A slot has no
// block while it lasts, since it may get more transactions, and no slot is
// skipped but by SkipSlots; the block of a transaction is kept as long as the transaction, one
// of the last 20,000 (WithHistory). Nobody votes or has stake, and nothing is inflated,
// sampled or saved in snapshots: the methods that ask for these answer with
// empty lists, zeros and "No snapshot". The node publishes no addresses.
package localnet
