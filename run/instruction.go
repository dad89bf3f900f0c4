package run

import (
	"errors"
	"fmt"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/anchor"
)

// ErrArgument is wrapped by every error about an argument that the program would
// refuse in any state of the chain.
var ErrArgument = errors.New("run: argument")

// Instruction is one call of the run program, with named fields. The types named
// after the program's instructions implement it; [Client.Send] sends any number of
// them in one transaction. Those about a run take it as it was read: only its id
// and its unchanging addresses matter.
type Instruction interface {
	// Build makes the instruction for the program at an address. It checks the
	// arguments; the error wraps [ErrArgument].
	Build(program solana.PublicKey) (solana.Instruction, error)
}

// call builds an instruction after checks of its arguments.
type call struct {
	program solana.PublicKey
	err     error
}

// on checks that there is a run, and that keys are set.
func on(program solana.PublicKey, r *Run, names string, keys ...solana.PublicKey) call {
	c := call{program: program}
	if r == nil {
		c.err = fmt.Errorf("%w: Run is nil: read it first", ErrArgument)
		return c
	}
	return c.keys(names, keys...)
}

func (c call) keys(names string, keys ...solana.PublicKey) call {
	for _, k := range keys {
		if k.IsZero() && c.err == nil {
			c.err = fmt.Errorf("%w: %s must be set", ErrArgument, names)
		}
	}
	return c
}

func (c call) want(ok bool, what string) call {
	if !ok && c.err == nil {
		c.err = fmt.Errorf("%w: %s", ErrArgument, what)
	}
	return c
}

// build calls the generated builder, unless an argument was wrong.
func (c call) build(discriminator [8]byte, builder func(a Addresses) (solana.Instruction, error)) (solana.Instruction, error) {
	if c.err != nil {
		return nil, c.err
	}
	built, err := builder(Addresses{c.program})
	bound, err := anchor.Bind(c.program, discriminator, built, err)
	if err != nil {
		return nil, fmt.Errorf("run: build instruction: %w", err)
	}
	return bound, nil
}

// payable is build for instructions whose last two accounts are those of tokens: it
// leaves them out of runs without.
func (c call) payable(r *Run, discriminator [8]byte, builder func(a Addresses) (solana.Instruction, error)) (solana.Instruction, error) {
	built, err := c.build(discriminator, builder)
	if err != nil || r.Treasury == SPL {
		return built, err
	}
	data, err := built.Data()
	if err != nil {
		return nil, err
	}
	accounts := built.Accounts()
	return solana.NewInstruction(c.program, accounts[:len(accounts)-2], data), nil
}

// tokens are the token account to use: the one given, or else the owner's
// associated one.
func (r *Run) tokens(given, owner solana.PublicKey) solana.PublicKey {
	if given.IsZero() {
		return chain.AssociatedTokenAddress(owner, r.Mint)
	}
	return given
}

// checkCID checks what the program checks: 46 to 64 ASCII characters.
func checkCID(cid string) bool {
	for i := range len(cid) {
		if cid[i] >= 0x80 {
			return false
		}
	}
	return len(cid) >= 46 && len(cid) <= 64
}

func checkRunID(id string) bool {
	for i := range len(id) {
		switch b := id[i]; {
		case b >= 'a' && b <= 'z', b >= '0' && b <= '9', b == '-', b == '_', b == '.':
		default:
			return false
		}
	}
	return len(id) >= 1 && len(id) <= 32
}
