package chain

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain/internal/loader"
)

// Deployed is a program on the chain.
type Deployed struct {
	Slot      uint64           // of its last deployment
	Authority solana.PublicKey // who may upgrade it; zero: nobody, ever
	Code      []byte           // without the zeros after it
	Room      int              // bytes that code can have without extending the account
	Lamports  uint64           // of the account that holds the code
}

// Runs reports whether the program's code is that ELF, byte for byte.
func (d Deployed) Runs(elf []byte) bool { return sameCode(d.Code, elf) }

// Deployed reads a program. The error wraps [ErrNotFound] if there is none at the
// address.
func (c *Client) Deployed(ctx context.Context, program solana.PublicKey) (Deployed, error) {
	a, err := c.Account(ctx, program, solana.BPFLoaderUpgradeableProgramID)
	if err != nil {
		return Deployed{}, err
	}
	at, err := loader.ParseProgram(a.Data)
	if err != nil {
		return Deployed{}, &AccountError{"Program", program, err}
	}
	a, _, err = c.lookUp(ctx, at)
	if err != nil {
		return Deployed{}, err
	}
	if a.Owner == solana.SystemProgramID {
		return Deployed{}, fmt.Errorf("%w: the program %s was closed: its address can never be used again", ErrDeploy, program)
	}
	present, err := loader.ParseProgramData(a.Data)
	if err != nil || a.Owner != solana.BPFLoaderUpgradeableProgramID {
		return Deployed{}, &AccountError{"ProgramData", at, errors.Join(err, ErrBadAccount)}
	}
	return Deployed{Slot: present.Slot, Authority: present.Authority, Code: bytes.TrimRight(present.Code, "\x00"),
		Room: len(present.Code), Lamports: a.Lamports}, nil
}

// Buffer is code that was written to the chain and not deployed.
type Buffer struct {
	Address  solana.PublicKey // of the buffer account
	Size     int              // bytes of code that fit
	Lamports uint64           // that closing it brings back
}

// Buffers finds the wallet's buffers: those of interrupted deployments, and of
// other tools. Some public nodes refuse this call.
func (c *Client) Buffers(ctx context.Context) ([]Buffer, error) {
	if c.cfg.Signer == nil {
		return nil, ErrNoSigner
	}
	q := Query{Program: solana.BPFLoaderUpgradeableProgramID, Filters: []Filter{{0, loader.BufferPrefix(c.Wallet())}}}
	found, _, err := Scan(ctx, c, q, func(a Account) (Buffer, error) {
		b, err := loader.ParseBuffer(a.Data)
		if err != nil || b.Authority != c.Wallet() {
			return Buffer{}, &AccountError{"Buffer", a.Address, ErrWrongType}
		}
		return Buffer{a.Address, len(b.Code), a.Lamports}, nil
	})
	return found, err
}

// CloseBuffer closes a buffer of the wallet, which gets its lamports back.
func (c *Client) CloseBuffer(ctx context.Context, buffer solana.PublicKey) (Receipt, error) {
	return c.sendOne(ctx, loader.Close(buffer, c.Wallet(), c.Wallet()))
}

// GiveUpgradeAuthority hands the right to upgrade a program over to another wallet.
// That wallet signs too, so the right cannot go to an address whose key nobody
// has.
func (c *Client) GiveUpgradeAuthority(ctx context.Context, program solana.PublicKey, to Signer) (Receipt, error) {
	if to == nil {
		return Receipt{}, fmt.Errorf("%w: no new upgrade authority; to give it up for good, call Client.MakeImmutable", ErrArgument)
	}
	return c.sendOne(ctx, loader.SetAuthorityChecked(ProgramDataAddress(program), c.Wallet(), to.PublicKey()), to)
}

// SetUpgradeAuthority hands the right to upgrade a program over to an address
// that cannot sign here, such as a multisig's. Nothing checks that anybody has
// its key: prefer [Client.GiveUpgradeAuthority].
func (c *Client) SetUpgradeAuthority(ctx context.Context, program, to solana.PublicKey) (Receipt, error) {
	if to.IsZero() {
		return Receipt{}, fmt.Errorf("%w: no new upgrade authority; to give it up for good, call Client.MakeImmutable", ErrArgument)
	}
	return c.sendOne(ctx, loader.SetAuthority(ProgramDataAddress(program), c.Wallet(), to))
}

// MakeImmutable gives up the right to upgrade a program: nobody ever can again.
func (c *Client) MakeImmutable(ctx context.Context, program solana.PublicKey) (Receipt, error) {
	return c.sendOne(ctx, loader.SetAuthority(ProgramDataAddress(program), c.Wallet(), solana.PublicKey{}))
}

func (c *Client) sendOne(ctx context.Context, ix solana.Instruction, signers ...Signer) (Receipt, error) {
	return c.Send(ctx, []solana.Instruction{ix}, signers...)
}
