package localnet

import (
	"errors"
	"fmt"
	"math"

	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/gagliardetto/solana-go"
)

// Account is the state at an address.
type Account struct {
	Lamports   uint64
	Data       []byte // at most 10 MiB
	Owner      solana.PublicKey
	Executable bool
}

// Account gives a copy of the account at key, and whether there is one.
func (n *Network) Account(key solana.PublicKey) (Account, bool) {
	acc, ok := n.bank.Account(key)
	return Account{acc.Lamports, acc.Data, acc.Owner, acc.Executable}, ok
}

// SetAccount puts an account there, whatever the rules say: the way to states
// that no transaction leads to. Without lamports the account is removed.
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

// Snapshot is a state of a Network to return to.
type Snapshot struct {
	of    *Network
	state *svm.Snapshot
}

// Snapshot remembers accounts, transactions, slot, blockhashes and warps.
func (n *Network) Snapshot() *Snapshot { return &Snapshot{n, n.bank.Snapshot()} }

// Restore returns to a snapshot of this network, any number of times. Account
// subscribers learn of every account that differs.
func (n *Network) Restore(s *Snapshot) error {
	if s == nil || s.of != n {
		return errors.New("localnet: only a snapshot of the same network can be restored")
	}
	n.bank.Restore(s.state)
	return nil
}
