package localnet

import (
	"context"
	"fmt"
	"sync"

	"github.com/gagliardetto/solana-go"
	computebudget "github.com/gagliardetto/solana-go/programs/compute-budget"
	"github.com/gagliardetto/solana-go/programs/system"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// faucetLamports is the faucet's initial balance: 500 million SOL.
const faucetLamports = 500_000_000 * solana.LAMPORTS_PER_SOL

// faucetUnits are enough for a payment.
const faucetUnits = 10_000

// faucet pays by ordinary transactions, so that clients see airdrops as on a
// real network.
type faucet struct {
	bank *svm.Bank
	key  *chain.Keypair

	mu   sync.Mutex
	hash solana.Hash // of the last payment
	same uint32      // payments before it on the same blockhash
}

// newFaucet makes a faucet; its key is kept in dir unless that is "".
func newFaucet(bank *svm.Bank, dir string) (*faucet, error) {
	key, err := keptKey(dir, faucetKey)
	if err != nil {
		return nil, err
	}
	return &faucet{bank: bank, key: key}, bank.Fund(key.PublicKey(), faucetLamports)
}

// instructions transfer lamports. From the second payment on a blockhash on they also set
// another limit of compute units each: two equal payments would have the same signature.
func (f *faucet) instructions(hash solana.Hash, to solana.PublicKey, lamports uint64) []solana.Instruction {
	transfer := system.NewTransferInstruction(lamports, f.key.PublicKey(), to).Build()
	if hash != f.hash {
		f.hash, f.same = hash, 0
		return []solana.Instruction{transfer}
	}
	f.same++
	limit := computebudget.NewSetComputeUnitLimitInstruction(faucetUnits + f.same).Build()
	return []solana.Instruction{limit, transfer}
}

// pay transfers lamports and returns the transaction's signature.
func (f *faucet) pay(to solana.PublicKey, lamports uint64) (solana.Signature, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	hash, _ := f.bank.LatestBlockhash()
	from := f.key.PublicKey()
	tx, err := solana.NewTransaction(f.instructions(hash, to, lamports), hash, solana.TransactionPayer(from))
	if err != nil {
		return solana.Signature{}, fmt.Errorf("localnet: airdrop: %w", err)
	}
	message, err := tx.Message.MarshalBinary()
	if err != nil {
		return solana.Signature{}, fmt.Errorf("localnet: airdrop: %w", err)
	}
	signature, err := f.key.Sign(context.Background(), message)
	if err != nil {
		return solana.Signature{}, fmt.Errorf("localnet: airdrop: %w", err)
	}
	tx.Signatures = []solana.Signature{signature}
	wire, err := tx.MarshalBinary()
	if err != nil {
		return solana.Signature{}, fmt.Errorf("localnet: airdrop: %w", err)
	}
	res := f.bank.Process(wire)
	if res.Err != nil {
		err := fmt.Errorf("localnet: airdrop of %s SOL to %s: %w", chain.FormatSOL(lamports), to, res.Err)
		if res.Detail != "" {
			err = fmt.Errorf("%w (%s)", err, res.Detail)
		}
		return res.Signature, err
	}
	return res.Signature, nil
}
