package round

import (
	"encoding/binary"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
)

// Addresses derives where a program keeps its accounts. All of them are
// program derived addresses with canonical bumps.
type Addresses struct {
	Program solana.PublicKey // the round program
}

// Counter is where the protocol's parameters and the number of rounds are.
func (a Addresses) Counter() solana.PublicKey { return a.derive([]byte("round_counter")) }

// Round is the address of a round.
func (a Addresses) Round(id uint64) solana.PublicKey { return a.derive([]byte("round"), le(id)) }

// Vault is where a round's reward is in escrow.
func (a Addresses) Vault(id uint64) solana.PublicKey { return a.derive([]byte("vault"), le(id)) }

// Gradient is where a trainer's submission to a round is.
func (a Addresses) Gradient(id uint64, trainer solana.PublicKey) solana.PublicKey {
	return a.derive([]byte("gradient"), le(id), trainer[:])
}

// PreValidation is where a validator's score of a round's base model is.
func (a Addresses) PreValidation(id uint64, validator solana.PublicKey) solana.PublicKey {
	return a.derive([]byte("pre"), le(id), validator[:])
}

// PostValidation is where a validator's score of a trainer's gradient is.
func (a Addresses) PostValidation(id uint64, trainer, validator solana.PublicKey) solana.PublicKey {
	return a.derive([]byte("post"), le(id), trainer[:], validator[:])
}

// Profile is where a trainer's stars are.
func (a Addresses) Profile(trainer solana.PublicKey) solana.PublicKey {
	return a.derive([]byte("trainer_profile"), trainer[:])
}

// Stake is where a validator's stake is.
func (a Addresses) Stake(validator solana.PublicKey) solana.PublicKey {
	return a.derive([]byte("validator_stake"), validator[:])
}

// Commitment is where a validator's commitment to a score is. The subject is the trainer
// of a gradient, or the zero key for the base model.
func (a Addresses) Commitment(id uint64, subject, validator solana.PublicKey) solana.PublicKey {
	return a.derive([]byte("commit"), le(id), subject[:], validator[:])
}

func (a Addresses) derive(seeds ...[]byte) solana.PublicKey {
	return chain.DeriveAddress(a.Program, seeds...)
}

func le(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }
