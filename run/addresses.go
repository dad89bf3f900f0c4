package run

import (
	"crypto/sha256"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
)

// Addresses derives the addresses of a program's accounts.
type Addresses struct {
	Program solana.PublicKey // the run program
}

// Protocol is the address of the program's own authority.
func (a Addresses) Protocol() solana.PublicKey { return a.derive([]byte("protocol")) }

// Run is the address of a run.
func (a Addresses) Run(id string) solana.PublicKey { return a.derive([]byte("run"), []byte(id)) }

// Roster is the address of the roster of a run that authority creates. It is no
// program derived one, since those cannot be made that large at once; the Run keeps
// it.
func (a Addresses) Roster(authority solana.PublicKey, id string) solana.PublicKey {
	h := sha256.New()
	h.Write(authority[:])
	h.Write([]byte(id))
	h.Write(a.Program[:])
	return solana.PublicKey(h.Sum(nil))
}

// Ballots is the address of a run's ballots.
func (a Addresses) Ballots(run solana.PublicKey) solana.PublicKey {
	return a.derive([]byte("ballots"), run[:])
}

// Vault is the address that holds a run's treasury.
func (a Addresses) Vault(run solana.PublicKey) solana.PublicKey {
	return a.derive([]byte("vault"), run[:])
}

// Member is the address of a wallet's account in a run.
func (a Addresses) Member(run, wallet solana.PublicKey) solana.PublicKey {
	return a.derive([]byte("member"), run[:], wallet[:])
}

// Authorization is the address of what grantor allows grantee under a scope.
func (a Addresses) Authorization(grantor, grantee solana.PublicKey, scope [32]byte) solana.PublicKey {
	return a.derive([]byte("authorization"), grantor[:], grantee[:], scope[:])
}

func (a Addresses) derive(seeds ...[]byte) solana.PublicKey {
	return chain.DeriveAddress(a.Program, seeds...)
}
