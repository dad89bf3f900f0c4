// Package svm is a small Solana runtime for tests and demos: a ledger of accounts (Bank) that executes real sBPF
// programs and the system program under the rules of a Solana cluster: signatures, blockhashes, fees, rent, account
// locks, cross-program invocations and compute metering.
//
// It is a test ledger. There is one bank, no consensus, no gossip and no forks; a transaction is final as soon as
// Process returns. No code here knows any particular on-chain program: programs are ELF bytes given to AddProgram.
//
// Behaviour follows Agave 4.3 with the features that are active on mainnet-beta; the sources are the public
// repositories anza-xyz/agave and anza-xyz/sbpf. The package internal/difftest compares this package with npm litesvm
// transaction by transaction.
package svm
