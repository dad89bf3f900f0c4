package round

import (
	"context"

	"github.com/gagliardetto/solana-go"
)

// Initialize sets up a program that was just deployed; the client's wallet
// becomes the protocol's authority. Where the program can be upgraded, it must
// be its upgrade authority.
func (c *Client) Initialize(ctx context.Context) (Receipt, error) {
	return c.send(ctx, Initialize{Authority: c.Wallet()}) // there is no counter yet to be checked
}

// ConfigureRound sets the options of a round in which nobody took part yet.
func (c *Client) ConfigureRound(ctx context.Context, id uint64, o Options) (Receipt, error) {
	return c.onRound(ctx, id, ConfigureRound{RoundID: id, Options: o, Creator: c.Wallet()})
}

// CancelRound takes back a round in which nobody took part, with its reward.
func (c *Client) CancelRound(ctx context.Context, id uint64) (Receipt, error) {
	return c.onRound(ctx, id, CancelRound{RoundID: id, Creator: c.Wallet()})
}

// FinalizeRound closes one's own round in which every gradient has its quorum.
func (c *Client) FinalizeRound(ctx context.Context, id uint64) (Receipt, error) {
	return c.onRound(ctx, id, FinalizeRound{RoundID: id, Creator: c.Wallet()})
}

// ForceFinalize closes anybody's round whose deadline is over.
func (c *Client) ForceFinalize(ctx context.Context, id uint64) (Receipt, error) {
	return c.onRound(ctx, id, ForceFinalize{RoundID: id, Anyone: c.Wallet()})
}

// WithdrawRemainder pays the creator what nobody can claim.
func (c *Client) WithdrawRemainder(ctx context.Context, id uint64) (Receipt, error) {
	return c.onRound(ctx, id, WithdrawRemainder{RoundID: id, Creator: c.Wallet()})
}

// CreateTrainerProfile gives the wallet the stars that a trainer starts with.
// The error is [chain.ErrAccountInUse] where it has some.
func (c *Client) CreateTrainerProfile(ctx context.Context) (Receipt, error) {
	return c.Send(ctx, CreateTrainerProfile{Trainer: c.Wallet()})
}

// SubmitGradient hands in a trained head, once a round.
func (c *Client) SubmitGradient(ctx context.Context, id uint64, gradientCID string) (Receipt, error) {
	return c.onRound(ctx, id, SubmitGradient{RoundID: id, GradientCID: gradientCID, Trainer: c.Wallet()})
}

// Prevalidate reports the accuracy of the base model, in hundredths of a
// percent.
func (c *Client) Prevalidate(ctx context.Context, id uint64, accuracy uint32) (Receipt, error) {
	return c.onRound(ctx, id, Prevalidate{RoundID: id, Accuracy: accuracy, Validator: c.Wallet()})
}

// Postvalidate reports the accuracy of a trainer's gradient, in hundredths of a
// percent.
func (c *Client) Postvalidate(ctx context.Context, id uint64, trainer solana.PublicKey, accuracy uint32) (Receipt, error) {
	return c.onRound(ctx, id, Postvalidate{RoundID: id, Trainer: trainer, Accuracy: accuracy, Validator: c.Wallet()})
}

// ClaimTrainer pays the wallet's share of a finalized round as a trainer, and
// settles its rating if nobody has.
func (c *Client) ClaimTrainer(ctx context.Context, id uint64) (Receipt, error) {
	return c.claim(ctx, id, func(treasury solana.PublicKey) Instruction {
		return ClaimTrainer{RoundID: id, Treasury: treasury, Trainer: c.Wallet()}
	})
}

// ClaimValidatorPre pays the wallet for its score of the base model.
func (c *Client) ClaimValidatorPre(ctx context.Context, id uint64) (Receipt, error) {
	return c.claim(ctx, id, func(treasury solana.PublicKey) Instruction {
		return ClaimValidatorPre{RoundID: id, Treasury: treasury, Validator: c.Wallet()}
	})
}

// ClaimValidatorPost pays the wallet for its score of a trainer's gradient.
func (c *Client) ClaimValidatorPost(ctx context.Context, id uint64, trainer solana.PublicKey) (Receipt, error) {
	return c.claim(ctx, id, func(treasury solana.PublicKey) Instruction {
		return ClaimValidatorPost{RoundID: id, Trainer: trainer, Treasury: treasury, Validator: c.Wallet()}
	})
}

// SettleRating moves a trainer's stars by how the gradient did. Anybody may, so
// that nobody keeps stars by never claiming.
func (c *Client) SettleRating(ctx context.Context, id uint64, trainer solana.PublicKey) (Receipt, error) {
	return c.onRound(ctx, id, SettleRating{RoundID: id, Trainer: trainer, Anyone: c.Wallet()})
}

func (c *Client) claim(ctx context.Context, id uint64, make func(treasury solana.PublicKey) Instruction) (Receipt, error) {
	treasury, err := c.roundTreasury(ctx, id)
	if err != nil {
		return Receipt{}, err
	}
	return c.Send(ctx, make(treasury))
}

// onRound sends something about a round, once the round is known to be of this SDK's version.
func (c *Client) onRound(ctx context.Context, id uint64, i Instruction) (Receipt, error) {
	if _, err := c.roundTreasury(ctx, id); err != nil {
		return Receipt{}, err
	}
	return c.Send(ctx, i)
}
