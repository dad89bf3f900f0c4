package chain

import (
	"fmt"

	"github.com/gagliardetto/solana-go"
)

// copied checks instructions and copies them. Putting a transaction together
// marks accounts that several instructions share, and callers may send the same
// instructions from many goroutines.
func copied(instructions []solana.Instruction) ([]solana.Instruction, error) {
	if len(instructions) == 0 {
		return nil, fmt.Errorf("%w: no instructions", ErrArgument)
	}
	out := make([]solana.Instruction, len(instructions))
	for i, ix := range instructions {
		if ix == nil {
			return nil, fmt.Errorf("%w: instruction %d is nil", ErrArgument, i)
		}
		accounts, err := copiedAccounts(ix.Accounts())
		if err != nil {
			return nil, fmt.Errorf("%w: instruction %d: %w", ErrArgument, i, err)
		}
		data, err := ix.Data()
		if err != nil {
			return nil, fmt.Errorf("chain: instruction %d: %w", i, err)
		}
		out[i] = solana.NewInstruction(ix.ProgramID(), accounts, data)
	}
	return out, nil
}

func copiedAccounts(accounts []*solana.AccountMeta) (solana.AccountMetaSlice, error) {
	out := make(solana.AccountMetaSlice, len(accounts))
	for i, a := range accounts {
		if a == nil {
			return nil, fmt.Errorf("account %d is nil", i)
		}
		own := *a
		out[i] = &own
	}
	return out, nil
}
