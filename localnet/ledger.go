package localnet

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/ledger"
	"github.com/decloud-sdk/decloud-go/localnet/internal/rpcapi"
)

// The keys in a ledger's directory, in files of solana-keygen's format.
const (
	faucetKey    = "faucet-keypair.json"
	authorityKey = "authority-keypair.json"
)

// openLedger reads the ledger in dir, if there is one; with dir "" none is kept.
func (n *Network) openLedger(dir string) (found bool, err error) {
	if dir == "" {
		return false, nil
	}
	if n.ledger, found, err = ledger.Open(dir, n.bank.Load); err != nil {
		return false, fmt.Errorf("localnet: %w", err)
	}
	return found, nil
}

// resume goes on with the chain that openLedger has read.
func (n *Network) resume(cfg config) error {
	key, err := chain.LoadKeypair(filepath.Join(cfg.ledgerDir, faucetKey))
	if err != nil {
		return fmt.Errorf("localnet: the faucet of the ledger: %w", err)
	}
	n.faucet = &faucet{bank: n.bank, key: key}
	if cfg.empty {
		return nil
	}
	for _, id := range []solana.PublicKey{cfg.programID, runProgram} {
		if acc, ok := n.Account(id); !ok || !acc.Executable {
			return fmt.Errorf("localnet: the ledger in %s has no program %s: use Empty, the id that it was made with, or another directory", cfg.ledgerDir, id)
		}
	}
	if n.authority, err = chain.LoadKeypair(filepath.Join(cfg.ledgerDir, authorityKey)); err != nil {
		return fmt.Errorf("localnet: the authority of the ledger's programs: %w", err)
	}
	n.programID = cfg.programID
	return nil
}

// Failed is closed once the ledger (WithLedger) cannot be written, because the disk is full for example: [Network.Err]
// says why. From then on the chain answers what it knows and takes no changes; what it has confirmed is kept.
func (n *Network) Failed() <-chan struct{} { return n.bank.Failed() }

// Err returns why the ledger cannot be written; nil while it can, and without one.
func (n *Network) Err() error {
	if err := n.bank.Err(); err != nil {
		return fmt.Errorf("localnet: the chain takes no more changes: %w. %s", err, rpcapi.MendLedger)
	}
	return nil
}

// closeLedger ends the changes and has them reach the disk.
func (n *Network) closeLedger() error {
	err := n.bank.Stop(ErrClosed)
	if n.ledger == nil {
		return nil
	}
	return errors.Join(err, n.ledger.Close())
}

// keptKey returns the key in a file of dir, which it makes if it is missing; with
// dir "" a key that is nowhere kept.
func keptKey(dir, file string) (*chain.Keypair, error) {
	if dir == "" {
		return chain.NewKeypair()
	}
	path := filepath.Join(dir, file)
	key, err := chain.LoadKeypair(path)
	if !errors.Is(err, os.ErrNotExist) {
		return key, err
	}
	if key, err = chain.NewKeypair(); err != nil {
		return nil, err
	}
	return key, key.Save(path)
}
