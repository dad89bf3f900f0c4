package round

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"

	"github.com/decloud-sdk/decloud-go/round/internal/loader"
)

// Deployed is the program that stands at the client's address.
type Deployed struct {
	Slot      uint64           // of its last deployment
	Authority solana.PublicKey // who may upgrade it; zero: nobody, ever
	Code      []byte           // without the zeros behind it
	Room      int              // bytes that code can have without more room being made
	Lamports  uint64           // of the account that holds the code
	// Known: it is, byte for byte, the program of this SDK. Where it is not, an
	// older or newer one may be as good; whether to trust it is for you to say.
	Known bool
}

// Deployed reads the program at the client's address. The error wraps
// [ErrNotFound] where there is none.
func (c *Client) Deployed(ctx context.Context) (Deployed, error) {
	data, err := c.account(ctx, "Program", c.addr.Program, solana.BPFLoaderUpgradeableProgramID)
	if err != nil {
		return Deployed{}, err
	}
	at, err := loader.ParseProgram(data)
	if err != nil {
		return Deployed{}, &AccountError{"Program", c.addr.Program, err}
	}
	owner, data, lamports, err := c.raw(ctx, at)
	if err != nil {
		return Deployed{}, err
	}
	if owner == solana.SystemProgramID {
		return Deployed{}, fmt.Errorf("%w: the program %s was closed: its address can never be used again", ErrDeploy, c.addr.Program)
	}
	present, err := loader.ParseProgramData(data)
	if err != nil || owner != solana.BPFLoaderUpgradeableProgramID {
		return Deployed{}, &AccountError{"ProgramData", at, errors.Join(err, ErrBadAccount)}
	}
	return Deployed{Slot: present.Slot, Authority: present.Authority, Code: bytes.TrimRight(present.Code, "\x00"),
		Room: len(present.Code), Lamports: lamports, Known: sameCode(present.Code, Program())}, nil
}

// raw reads an account of anybody; one that does not exist is an empty one of
// the system program.
func (c *Client) raw(ctx context.Context, address solana.PublicKey) (owner solana.PublicKey, data []byte, lamports uint64, err error) {
	out, err := c.rpc.GetAccountInfoWithOpts(ctx, address, &rpc.GetAccountInfoOpts{Encoding: solana.EncodingBase64, Commitment: c.cfg.Commitment})
	if errors.Is(err, rpc.ErrNotFound) || err == nil && (out == nil || out.Value == nil) {
		return solana.SystemProgramID, nil, 0, nil
	}
	if err != nil {
		return solana.PublicKey{}, nil, 0, fmt.Errorf("account %s: %w", address, err)
	}
	return out.Value.Owner, out.Value.Data.GetBinary(), out.Value.Lamports, nil
}

// Buffer is code that was written to the chain and not deployed.
type Buffer struct {
	Address  solana.PublicKey
	Size     int    // bytes of code it is for
	Lamports uint64 // that closing it brings back
}

// Buffers finds the wallet's buffers: those of deployments that were cut short,
// and of other tools. Some public nodes refuse this call.
func (c *Client) Buffers(ctx context.Context) ([]Buffer, error) {
	if c.cfg.Signer == nil {
		return nil, ErrNoSigner
	}
	found, err := c.rpc.GetProgramAccountsWithOpts(ctx, solana.BPFLoaderUpgradeableProgramID, &rpc.GetProgramAccountsOpts{
		Commitment: c.cfg.Commitment, Encoding: solana.EncodingBase64,
		Filters: []rpc.RPCFilter{compare(0, loader.BufferPrefix(c.Wallet()))},
	})
	if err != nil {
		return nil, err
	}
	var out []Buffer
	for _, f := range found {
		if f == nil || f.Account == nil {
			return nil, &AccountError{Kind: "Buffer", Reason: ErrNotFound}
		}
		b, err := loader.ParseBuffer(f.Account.Data.GetBinary())
		if err != nil || b.Authority != c.Wallet() {
			return nil, &AccountError{"Buffer", f.Pubkey, ErrWrongType}
		}
		out = append(out, Buffer{f.Pubkey, len(b.Code), f.Account.Lamports})
	}
	return out, nil
}

// CloseBuffer gives up a buffer of the wallet's; its lamports come back to the
// wallet.
func (c *Client) CloseBuffer(ctx context.Context, buffer solana.PublicKey) (Receipt, error) {
	return c.runLoader(ctx, loader.Close(buffer, c.Wallet(), c.Wallet()))
}

// GiveUpgradeAuthority hands the right to upgrade the program over to another
// wallet, which signs for it: so it cannot end with an address that nobody has
// the key of. The right to change the protocol's parameters is another one:
// [ProposeAuthority].
func (c *Client) GiveUpgradeAuthority(ctx context.Context, to Signer) (Receipt, error) {
	return c.runLoader(ctx, loader.SetAuthorityChecked(c.addr.ProgramData(), c.Wallet(), to.PublicKey()), to)
}

// SetUpgradeAuthority hands the right to upgrade the program over to an address
// that cannot sign here, such as a multisig's. Nothing checks that anybody has
// its key: prefer [Client.GiveUpgradeAuthority].
func (c *Client) SetUpgradeAuthority(ctx context.Context, to solana.PublicKey) (Receipt, error) {
	if to.IsZero() {
		return Receipt{}, fmt.Errorf("%w: no new upgrade authority; to give it up for good is Client.SealProgram", ErrArgument)
	}
	return c.runLoader(ctx, loader.SetAuthority(c.addr.ProgramData(), c.Wallet(), to))
}

// SealProgram gives up the right to upgrade the program, for good and for
// everybody.
func (c *Client) SealProgram(ctx context.Context) (Receipt, error) {
	return c.runLoader(ctx, loader.SetAuthority(c.addr.ProgramData(), c.Wallet(), solana.PublicKey{}))
}

func (c *Client) runLoader(ctx context.Context, ix solana.Instruction, signers ...Signer) (Receipt, error) {
	if c.cfg.Signer == nil {
		return Receipt{}, ErrNoSigner
	}
	r, _, err := c.run(ctx, append(c.budget(), ix), signers...)
	return r, err
}
