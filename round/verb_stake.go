package round

import (
	"context"

	"github.com/gagliardetto/solana-go"
)

// AddStake puts lamports at stake; [Client.Stake] reads what is.
func (c *Client) AddStake(ctx context.Context, lamports uint64) (Receipt, error) {
	return c.Send(ctx, AddStake{Amount: lamports, Validator: c.Wallet()})
}

// RequestUnstake starts to take lamports out of the stake. They stop to count at
// once and can be withdrawn after the cooldown, which a further request
// restarts.
func (c *Client) RequestUnstake(ctx context.Context, lamports uint64) (Receipt, error) {
	return c.Send(ctx, RequestUnstake{Amount: lamports, Validator: c.Wallet()})
}

// WithdrawStake pays out what was requested and is unlocked.
func (c *Client) WithdrawStake(ctx context.Context) (Receipt, error) {
	return c.Send(ctx, WithdrawStake{Validator: c.Wallet()})
}

// SlashValidator reports an outlier of a finalized round: its reward is
// forfeited, and the wallet gets a part of what is taken from its stake. The
// subject is [BaseModel] or the trainer whose gradient was scored.
func (c *Client) SlashValidator(ctx context.Context, id uint64, subject, validator solana.PublicKey) (Receipt, error) {
	return c.claim(ctx, id, func(treasury solana.PublicKey) Instruction {
		return SlashValidator{RoundID: id, Trainer: subject, Validator: validator, Treasury: treasury, Reporter: c.Wallet()}
	})
}

// CloseGradient gives a gradient's rent back to its trainer, a day after the
// end.
func (c *Client) CloseGradient(ctx context.Context, id uint64, trainer solana.PublicKey) (Receipt, error) {
	return c.onRound(ctx, id, CloseGradient{RoundID: id, Trainer: trainer, Anyone: c.Wallet()})
}

// CloseValidation gives a score's rent back to its validator, a day after the
// end. The subject is [BaseModel] or the trainer whose gradient was scored.
func (c *Client) CloseValidation(ctx context.Context, id uint64, subject, validator solana.PublicKey) (Receipt, error) {
	return c.onRound(ctx, id, CloseValidation{RoundID: id, Trainer: subject, Validator: validator, Anyone: c.Wallet()})
}

// CloseRound gives a round's rent back to its creator, after the claim period.
func (c *Client) CloseRound(ctx context.Context, id uint64) (Receipt, error) {
	r, err := c.Round(ctx, id)
	if err != nil {
		return Receipt{}, err
	}
	return c.onRound(ctx, id, CloseRound{RoundID: id, Creator: r.Creator, Anyone: c.Wallet()})
}

// UpdateProtocol sets the protocol's parameters for later rounds, and its
// treasury unless the key is zero. The wallet must be the authority.
func (c *Client) UpdateProtocol(ctx context.Context, p Parameters, treasury solana.PublicKey) (Receipt, error) {
	return c.Send(ctx, UpdateProtocol{Parameters: p, Treasury: treasury, Authority: c.Wallet()})
}

// ProposeAuthority offers the protocol to another wallet; the zero key takes an
// offer back.
func (c *Client) ProposeAuthority(ctx context.Context, to solana.PublicKey) (Receipt, error) {
	return c.Send(ctx, ProposeAuthority{New: to, Authority: c.Wallet()})
}

// AcceptAuthority takes the protocol over that the wallet was offered.
func (c *Client) AcceptAuthority(ctx context.Context) (Receipt, error) {
	return c.Send(ctx, AcceptAuthority{Authority: c.Wallet()})
}
