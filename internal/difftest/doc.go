// Package difftest compares the local chain of package svm with a real Solana runtime, npm litesvm (Agave 4.3),
// transaction by transaction, with the same programs, accounts, clock and slot. The error, the logs, the compute units,
// the return data, the inner instructions and every byte of every account must be equal. It contains only tests.
//
// They need Linux on x86-64, Node 20 or newer and `npm ci` in this directory (12 MB, and spl_noop from a package of 8
// MB); without these they are skipped, or fail if CI=true. DECLOUD_NODE_MODULES names another node_modules directory.
// Random choices depend on DECLOUD_DIFF_SEED. A run with more transactions:
//
//	DECLOUD_DIFF_TXS=100000 go test -v -run 'TestRound$' -timeout 0 ./internal/difftest
//
// It was run once: 100,177 transactions over all instructions in 158 s, all equal.
package difftest
