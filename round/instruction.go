package round

import (
	"errors"
	"fmt"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/anchor"
)

// ErrArgument is wrapped by every error about an argument that the program would
// refuse in any state of the chain.
var ErrArgument = errors.New("round: argument")

// Instruction is one call of the round program, with named fields. The types
// named after the program's instructions implement it; [Client.Send] sends any
// number of them in one transaction.
type Instruction interface {
	// Build makes the instruction for the program at an address. It checks the
	// arguments; the error wraps [ErrArgument].
	Build(program solana.PublicKey) (solana.Instruction, error)
}

// bind completes a generated instruction.
func bind(program solana.PublicKey, discriminator [8]byte, built solana.Instruction, err error) (solana.Instruction, error) {
	bound, err := anchor.Bind(program, discriminator, built, err)
	if err != nil {
		return nil, fmt.Errorf("round: build instruction: %w", err)
	}
	return bound, nil
}

func checkKeys(names string, keys ...solana.PublicKey) error {
	for _, k := range keys {
		if k.IsZero() {
			return fmt.Errorf("%w: %s must be set", ErrArgument, names)
		}
	}
	return nil
}

// checkCID checks what the program checks: 46 to 64 ASCII characters. Package
// storage checks whether they are a CID.
func checkCID(cid string) error {
	if len(cid) < 46 || len(cid) > 64 {
		return fmt.Errorf("%w: a CID has 46 to 64 characters, not %d", ErrArgument, len(cid))
	}
	for i := range len(cid) {
		if cid[i] >= 0x80 {
			return fmt.Errorf("%w: a CID is ASCII text", ErrArgument)
		}
	}
	return nil
}

func checkAccuracy(accuracy uint32) error {
	if accuracy > 10_000 {
		return fmt.Errorf("%w: accuracy %d is over 10,000 (100 %%)", ErrArgument, accuracy)
	}
	return nil
}

// withAccounts appends accounts that the IDL does not list.
func withAccounts(ix solana.Instruction, more ...*solana.AccountMeta) (solana.Instruction, error) {
	data, err := ix.Data()
	if err != nil {
		return nil, err
	}
	return solana.NewInstruction(ix.ProgramID(), append(ix.Accounts(), more...), data), nil
}
