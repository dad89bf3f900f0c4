package round

import (
	"context"

	"github.com/gagliardetto/solana-go"
)

// AddStake puts lamports at stake; [Client.Stake] reads how many are.
func (c *Client) AddStake(ctx context.Context, lamports uint64) (Receipt, error) {
	return c.Send(ctx, AddStake{Amount: lamports, Validator: c.Wallet()})
}

// RequestUnstake requests lamports of the stake back. They no longer count as
// stake at once, and can be withdrawn after the cooldown, which a further request
// restarts.
func (c *Client) RequestUnstake(ctx context.Context, lamports uint64) (Receipt, error) {
	return c.Send(ctx, RequestUnstake{Amount: lamports, Validator: c.Wallet()})
}

// WithdrawStake pays out what was requested back and is unlocked.
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

// SlashCommitment reports a commitment of a finalized sealed round that was never
// revealed, to a score of [BaseModel] or of a trainer's gradient. The wallet gets a part
// of what is taken from the validator's stake, which happens once in a round, and pays
// the rent of the mark of that until the round is closed.
func (c *Client) SlashCommitment(ctx context.Context, id uint64, subject, validator solana.PublicKey) (Receipt, error) {
	return c.claim(ctx, id, func(treasury solana.PublicKey) Instruction {
		return SlashCommitment{RoundID: id, Subject: subject, Validator: validator, Treasury: treasury, Reporter: c.Wallet()}
	})
}

// CloseUnopened gives the rent of a mark of [Client.SlashCommitment] back to its reporter,
// once the round is closed.
func (c *Client) CloseUnopened(ctx context.Context, id uint64, validator solana.PublicKey) (Receipt, error) {
	mark, err := c.Unopened(ctx, id, validator)
	if err != nil {
		return Receipt{}, err
	}
	return c.onClosed(ctx, id, CloseUnopened{RoundID: id, Validator: validator, Reporter: mark.Reporter, Anyone: c.Wallet()})
}

// CloseGradient gives a gradient's rent back to its trainer, from a day after
// finalization on.
func (c *Client) CloseGradient(ctx context.Context, id uint64, trainer solana.PublicKey) (Receipt, error) {
	return c.onClosed(ctx, id, CloseGradient{RoundID: id, Trainer: trainer, Anyone: c.Wallet()})
}

// CloseValidation gives a score's rent back to its validator, from a day after
// finalization on. The subject is [BaseModel] or the trainer whose gradient was
// scored.
func (c *Client) CloseValidation(ctx context.Context, id uint64, subject, validator solana.PublicKey) (Receipt, error) {
	return c.onClosed(ctx, id, CloseValidation{RoundID: id, Trainer: subject, Validator: validator, Anyone: c.Wallet()})
}

// CloseRound gives a round's rent back to its creator, after the claim period.
func (c *Client) CloseRound(ctx context.Context, id uint64) (Receipt, error) {
	r, err := c.Round(ctx, id)
	if err != nil {
		return Receipt{}, err
	}
	return c.onRound(ctx, id, CloseRound{RoundID: id, Creator: r.Creator, Anyone: c.Wallet()})
}

// UpdateProtocol sets the protocol's parameters for rounds created from then on,
// and its treasury unless the key is zero. The wallet must be the authority.
func (c *Client) UpdateProtocol(ctx context.Context, p Parameters, treasury solana.PublicKey) (Receipt, error) {
	return c.Send(ctx, UpdateProtocol{Parameters: p, Treasury: treasury, Authority: c.Wallet()})
}

// ProposeAuthority offers the protocol to another wallet; the zero key withdraws
// an offer.
func (c *Client) ProposeAuthority(ctx context.Context, to solana.PublicKey) (Receipt, error) {
	return c.Send(ctx, ProposeAuthority{New: to, Authority: c.Wallet()})
}

// AcceptAuthority accepts the protocol that was offered to the wallet.
func (c *Client) AcceptAuthority(ctx context.Context) (Receipt, error) {
	return c.Send(ctx, AcceptAuthority{Authority: c.Wallet()})
}
