package localnet

import (
	"context"
	"fmt"
	"sync"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/programs/system"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// faucetLamports is the faucet's initial balance: 500 million SOL.
const faucetLamports = 500_000_000 * solana.LAMPORTS_PER_SOL

// faucet pays by ordinary transactions, so that clients see airdrops as on a
// real network.
type faucet struct {
	bank *svm.Bank
	key  *chain.Keypair
	mu   sync.Mutex // one payment per blockhash: two equal ones would have the same signature
}

// newFaucet makes a faucet; its key is kept in dir unless that is "".
func newFaucet(bank *svm.Bank, dir string) (*faucet, error) {
	key, err := keptKey(dir, faucetKey)
	if err != nil {
		return nil, err
	}
	return &faucet{bank: bank, key: key}, bank.Fund(key.PublicKey(), faucetLamports)
}

// pay transfers lamports and returns the transaction's signature.
func (f *faucet) pay(to solana.PublicKey, lamports uint64) (solana.Signature, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	hash, _ := f.bank.LatestBlockhash()
	from := f.key.PublicKey()
	transfer := system.NewTransferInstruction(lamports, from, to).Build()
	tx, err := solana.NewTransaction([]solana.Instruction{transfer}, hash, solana.TransactionPayer(from))
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
		return res.Signature, fmt.Errorf("localnet: airdrop of %d lamports to %s: %w", lamports, to, res.Err)
	}
	return res.Signature, nil
}
