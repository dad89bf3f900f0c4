package round

import (
	"context"
	"errors"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
)

// Initialize sets up a program that was just deployed; the client's wallet
// becomes the protocol's authority. If the program can be upgraded, the wallet
// must be its upgrade authority.
func (c *Client) Initialize(ctx context.Context) (Receipt, error) {
	return c.send(ctx, Initialize{Authority: c.Wallet()}) // there is no counter to check yet
}

// ConfigureRound sets the options of a round in which nobody has taken part yet.
func (c *Client) ConfigureRound(ctx context.Context, id uint64, o Options) (Receipt, error) {
	return c.onRound(ctx, id, ConfigureRound{RoundID: id, Options: o, Creator: c.Wallet()})
}

// ConfigureFair sets the fair options of a round in which nobody has taken part yet.
func (c *Client) ConfigureFair(ctx context.Context, id uint64, o FairOptions) (Receipt, error) {
	return c.onRound(ctx, id, ConfigureFair{RoundID: id, Options: o, Creator: c.Wallet()})
}

// CancelRound takes back a round in which nobody has taken part, with its reward.
func (c *Client) CancelRound(ctx context.Context, id uint64) (Receipt, error) {
	return c.onRound(ctx, id, CancelRound{RoundID: id, Creator: c.Wallet()})
}

// FinalizeRound closes a round of the wallet in which every gradient has its
// quorum.
func (c *Client) FinalizeRound(ctx context.Context, id uint64) (Receipt, error) {
	return c.onRound(ctx, id, FinalizeRound{RoundID: id, Creator: c.Wallet()})
}

// ForceFinalize closes anybody's round whose deadline has passed.
func (c *Client) ForceFinalize(ctx context.Context, id uint64) (Receipt, error) {
	return c.onRound(ctx, id, ForceFinalize{RoundID: id, Anyone: c.Wallet()})
}

// WithdrawRemainder pays the creator what nobody can claim; the treasury, if the key of
// the round's sealed test did not come or nobody improved the model.
func (c *Client) WithdrawRemainder(ctx context.Context, id uint64) (Receipt, error) {
	r, err := c.Round(ctx, id)
	if err != nil {
		return Receipt{}, err
	}
	i := WithdrawRemainder{RoundID: id, Creator: c.Wallet()}
	if r.HasHoldout() {
		i.Treasury = r.Treasury
	}
	return c.onRound(ctx, id, i)
}

// RevealHoldout reveals the key of a round's sealed test, after submissions closed and
// before scoring starts. Anybody may who knows it.
func (c *Client) RevealHoldout(ctx context.Context, id uint64, key [32]byte) (Receipt, error) {
	return c.onRound(ctx, id, RevealHoldout{RoundID: id, Key: key, Anyone: c.Wallet()})
}

// DrawCommittee draws who may score a sealed round with a committee, once submissions are
// over: with two calls, the second in a later slot, whose receipt has the event
// [CommitteeDrawn]. Anybody may make either.
func (c *Client) DrawCommittee(ctx context.Context, id uint64) (Receipt, error) {
	return c.onRound(ctx, id, DrawCommittee{RoundID: id, Anyone: c.Wallet()})
}

// CreateTrainerProfile gives the wallet the stars that a trainer starts with
// ([rating.Start]). The error wraps [chain.ErrAccountInUse] if it has a profile.
func (c *Client) CreateTrainerProfile(ctx context.Context) (Receipt, error) {
	return c.Send(ctx, CreateTrainerProfile{Trainer: c.Wallet()})
}

// SubmitGradient submits a trained head, once per round.
func (c *Client) SubmitGradient(ctx context.Context, id uint64, gradientCID string) (Receipt, error) {
	return c.onRound(ctx, id, SubmitGradient{RoundID: id, GradientCID: gradientCID, Trainer: c.Wallet()})
}

// SubmitSealed submits a trained head to a sealed round, once per round, and puts up
// its bond ([FairOptions].Bond). Publish the head after submissions closed and before
// scoring starts, not earlier.
func (c *Client) SubmitSealed(ctx context.Context, id uint64, gradientCID string) (Receipt, error) {
	return c.onRound(ctx, id, SubmitGradient{RoundID: id, GradientCID: gradientCID, Sealed: true, Trainer: c.Wallet()})
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

// SettleRating changes a trainer's stars by the result of its gradient. Anybody
// may, so that nobody keeps stars by never claiming.
func (c *Client) SettleRating(ctx context.Context, id uint64, trainer solana.PublicKey) (Receipt, error) {
	return c.onRound(ctx, id, SettleRating{RoundID: id, Trainer: trainer, Anyone: c.Wallet()})
}

func (c *Client) claim(ctx context.Context, id uint64, build func(treasury solana.PublicKey) Instruction) (Receipt, error) {
	treasury, err := c.roundTreasury(ctx, id)
	if err != nil {
		return Receipt{}, err
	}
	return c.Send(ctx, build(treasury))
}

// onRound sends an instruction about a round, if the round is of this SDK's
// version.
func (c *Client) onRound(ctx context.Context, id uint64, i Instruction) (Receipt, error) {
	if _, err := c.roundTreasury(ctx, id); err != nil {
		return Receipt{}, err
	}
	return c.Send(ctx, i)
}

// onClosed is onRound for what gives rent back, also where the round itself is closed.
func (c *Client) onClosed(ctx context.Context, id uint64, i Instruction) (Receipt, error) {
	if _, err := c.roundTreasury(ctx, id); err != nil && !errors.Is(err, chain.ErrNotFound) {
		return Receipt{}, err
	}
	return c.Send(ctx, i)
}
