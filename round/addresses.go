package round

import (
	"encoding/binary"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
)

// Addresses derives the addresses of a program's accounts. All of them are program
// derived addresses with canonical bumps.
type Addresses struct {
	Program solana.PublicKey // the round program
}

// Counter is the address of the protocol's parameters and the number of rounds.
func (a Addresses) Counter() solana.PublicKey { return a.derive([]byte("round_counter")) }

// Round is the address of a round.
func (a Addresses) Round(id uint64) solana.PublicKey { return a.derive([]byte("round"), le(id)) }

// Vault is the address that holds a round's reward in escrow.
func (a Addresses) Vault(id uint64) solana.PublicKey { return a.derive([]byte("vault"), le(id)) }

// Gradient is the address of a trainer's submission to a round.
func (a Addresses) Gradient(id uint64, trainer solana.PublicKey) solana.PublicKey {
	return a.derive([]byte("gradient"), le(id), trainer[:])
}

// PreValidation is the address of a validator's score of a round's base model.
func (a Addresses) PreValidation(id uint64, validator solana.PublicKey) solana.PublicKey {
	return a.derive([]byte("pre"), le(id), validator[:])
}

// PostValidation is the address of a validator's score of a trainer's gradient.
func (a Addresses) PostValidation(id uint64, trainer, validator solana.PublicKey) solana.PublicKey {
	return a.derive([]byte("post"), le(id), trainer[:], validator[:])
}

// Profile is the address of a trainer's stars.
func (a Addresses) Profile(trainer solana.PublicKey) solana.PublicKey {
	return a.derive([]byte("trainer_profile"), trainer[:])
}

// Stake is the address of a validator's stake.
func (a Addresses) Stake(validator solana.PublicKey) solana.PublicKey {
	return a.derive([]byte("validator_stake"), validator[:])
}

// Commitment is the address of a validator's commitment to a score. The subject is
// the trainer of a gradient, or [BaseModel].
func (a Addresses) Commitment(id uint64, subject, validator solana.PublicKey) solana.PublicKey {
	return a.derive([]byte("commit"), le(id), subject[:], validator[:])
}

// Source is the address where a trainer says where it keeps its submission to a round.
func (a Addresses) Source(id uint64, trainer solana.PublicKey) solana.PublicKey {
	return a.derive([]byte("source"), le(id), trainer[:])
}

// Unopened is the address of the mark that a validator was slashed for commitments of a
// round that it never revealed.
func (a Addresses) Unopened(id uint64, validator solana.PublicKey) solana.PublicKey {
	return a.derive([]byte("unopened"), le(id), validator[:])
}

func (a Addresses) derive(seeds ...[]byte) solana.PublicKey {
	return chain.DeriveAddress(a.Program, seeds...)
}

func le(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }
