package localnet

import (
	"errors"
	"fmt"
	"math"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// Account is the state at an address.
type Account struct {
	Lamports   uint64           // balance, 1e-9 SOL
	Data       []byte           // at most 10 MiB
	Owner      solana.PublicKey // the program that may change Data and debit Lamports
	Executable bool             // Data is a program
}

// Account returns a copy of the account at key and whether it exists.
func (n *Network) Account(key solana.PublicKey) (Account, bool) {
	acc, ok := n.bank.Account(key)
	return Account{acc.Lamports, acc.Data, acc.Owner, acc.Executable}, ok
}

// SetAccount replaces the account at key without checking the chain's rules: it
// reaches states that no transaction leads to. With 0 lamports the account is
// removed.
func (n *Network) SetAccount(key solana.PublicKey, acc Account) error {
	err := n.bank.SetAccount(key, svm.Account{
		Lamports:   acc.Lamports,
		Data:       acc.Data,
		Owner:      acc.Owner,
		Executable: acc.Executable,
		RentEpoch:  math.MaxUint64,
	})
	if err != nil {
		return fmt.Errorf("localnet: %w", err)
	}
	return nil
}

// Snapshot is a saved state of a Network, for Restore.
type Snapshot struct {
	of    *Network
	state *svm.Snapshot
}

// Snapshot saves accounts, transactions, slot, blockhashes and warps.
func (n *Network) Snapshot() *Snapshot { return &Snapshot{n, n.bank.Snapshot()} }

// Restore returns the chain to a snapshot of this network; a snapshot can be
// restored any number of times. Account subscribers are notified of every
// account that differs.
func (n *Network) Restore(s *Snapshot) error {
	if s == nil || s.of != n {
		return errors.New("localnet: only a snapshot of the same network can be restored")
	}
	n.bank.Restore(s.state)
	return nil
}

// Fork starts another network in the state of this one, in which accounts, programs,
// transactions and blockhashes are the same, and which goes its own way from there. It
// copies no account, so that a test can make one expensive state and fork it for each
// case. Of the options those count that say how a chain is served and timed.
func (n *Network) Fork(opts ...Option) (*Network, error) {
	cfg, err := newConfig(opts)
	if err != nil {
		return nil, err
	}
	if cfg.ledgerDir != "" {
		return nil, errors.New("localnet: a fork is in memory: WithLedger is for Start")
	}
	fork := newNetwork(cfg)
	fork.bank.Restore(n.bank.Snapshot())
	fork.faucet = &faucet{bank: fork.bank, key: n.faucet.key}
	fork.programID, fork.authority = n.programID, n.authority
	if cfg.inProcess {
		return fork, nil
	}
	if err := fork.serve(cfg); err != nil {
		return nil, errors.Join(err, fork.Close())
	}
	return fork, nil
}
