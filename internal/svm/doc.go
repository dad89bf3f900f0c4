// Package svm is a small Solana runtime for tests and demos: a ledger of accounts (Bank) that executes real sBPF
// programs and the system program under the rules of a Solana cluster: signatures, blockhashes, fees, rent, account
// locks, cross-program invocations and compute metering.
//
// It is a test ledger. There is one bank, no consensus, no gossip and no forks; a transaction is final as soon as
// Process returns, and every transaction has a slot of its own unless Config.SlotTransactions says otherwise. No code
// here knows a particular on-chain program: programs are ELF files, passed to AddProgram or deployed by transactions
// through the upgradeable loader.
//
// Behaviour follows Agave 4.3 with the features that are active on mainnet-beta; the sources are the public
// repositories anza-xyz/agave and anza-xyz/sbpf. Package internal/difftest compares results, error codes, logs, compute
// units and account bytes with npm litesvm, transaction by transaction.
//
// # What is missing
//
//   - The stake and vote programs and the precompiles (ed25519, secp256k1, secp256r1).
//   - The compute units of the lookup table program, which is an sBPF program on a cluster and built in here: constants
//     that are close.
//   - System calls for secp256k1, curve25519, BN254, BLS12-381 and Poseidon: programs that name them can be loaded, and
//     fail when they call one.
//   - sBPF versions 1 and 2, and programs of the loaders 1 and 4.
//   - A transaction whose accounts cannot be loaded (for example because its program does not exist) is refused without
//     a fee, as in litesvm; a cluster charges for it.
//   - Rent is that of litesvm: 6,960 lamports per byte.
package svm
