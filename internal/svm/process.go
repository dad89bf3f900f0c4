package svm

import (
	"errors"

	"github.com/gagliardetto/solana-go"
)

// lamportsPerSignature is the base fee.
const lamportsPerSignature = 5_000

// program is a verified ELF ready to run.
type program struct{}

// Process runs a transaction in its wire form: it checks form, signatures, locks, blockhash and duplicates, charges the
// fee, executes and commits. The slot of the result is the transaction's own; the next one begins after it.
func (b *Bank) Process(wire []byte) Result {
	return Result{Err: ErrSanitizeFailure, Detail: "not implemented yet"}
}

// Simulate is Process without a commit.
func (b *Bank) Simulate(wire []byte, o SimulateOptions) Result {
	return Result{Err: ErrSanitizeFailure, Detail: "not implemented yet"}
}

// ErrBadProgram is returned by AddProgram for an ELF that cannot be run.
var ErrBadProgram = errors.New("svm: not a usable sBPF program")

// AddProgram deploys an ELF at an address, without an upgrade authority, as the upgradeable loader would have done.
func (b *Bank) AddProgram(id solana.PublicKey, elf []byte) error { return ErrBadProgram }
