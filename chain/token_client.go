package chain

import (
	"context"
	"errors"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/programs/system"
)

// Mint reads a mint. The error is an [*AccountError], as that of [Client.Account].
func (c *Client) Mint(ctx context.Context, mint solana.PublicKey) (*Mint, error) {
	return readToken(ctx, c, "Mint", mint, DecodeMint)
}

// TokenAccount reads a token account. The error is an [*AccountError], as that of
// [Client.Account].
func (c *Client) TokenAccount(ctx context.Context, address solana.PublicKey) (*TokenAccount, error) {
	return readToken(ctx, c, "TokenAccount", address, DecodeTokenAccount)
}

func readToken[T any](ctx context.Context, c *Client, kind string, address solana.PublicKey, decode func([]byte) (T, error)) (t T, err error) {
	a, err := c.Account(ctx, address, solana.TokenProgramID)
	if err != nil {
		return t, err
	}
	if t, err = decode(a.Data); err != nil {
		return t, &AccountError{Kind: kind, Address: address, Reason: err}
	}
	return t, nil
}

// TokenBalance is how many tokens of a mint a wallet has at its
// [AssociatedTokenAddress], in the mint's smallest unit; 0 if there is no
// account, or the wallet has given it to another owner.
func (c *Client) TokenBalance(ctx context.Context, wallet, mint solana.PublicKey) (uint64, error) {
	if err := mustBeSet("wallet and mint", wallet, mint); err != nil {
		return 0, err
	}
	a, err := c.TokenAccount(ctx, AssociatedTokenAddress(wallet, mint))
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	if err != nil || a.Owner != wallet {
		return 0, err
	}
	return a.Amount, nil
}

// CreateMint makes a new kind of token, at a new address. The wallet pays, and may
// mint and freeze.
func (c *Client) CreateMint(ctx context.Context, decimals uint8) (mint solana.PublicKey, r Receipt, err error) {
	if c.cfg.Signer == nil {
		return mint, r, ErrNoSigner
	}
	key, err := NewKeypair()
	if err != nil {
		return mint, r, err
	}
	rent, err := c.readRPC.GetMinimumBalanceForRentExemption(ctx, MintSize, c.cfg.Commitment)
	if err != nil {
		return mint, r, err
	}
	mint = key.PublicKey()
	r, err = c.Send(ctx, []solana.Instruction{
		system.NewCreateAccountInstruction(rent, MintSize, solana.TokenProgramID, c.Wallet(), mint).Build(),
		InitializeMint{Mint: mint, Decimals: decimals, Authority: c.Wallet(), FreezeAuthority: c.Wallet()},
	}, key)
	return mint, r, err
}
