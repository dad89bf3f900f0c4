package round

import (
	"context"
	"errors"
	"slices"
	"sort"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round/internal/bindings"
)

// Offsets that the memcmp filters go by. They are the ones of the published
// interface and never change.
const (
	atRoundID       = 8
	atRoundCreator  = 16
	atRoundDataset  = 113
	atRoundStatus   = 132
	atWorker        = 16 // trainer of a Gradient, validator of a PreValidation, trainer of a PostValidation
	atPostValidator = 48
	atGradientClaim = 130 // whether the reward was claimed
	atPreClaim      = 52
	atPostClaim     = 84
)

// Filter chooses rounds. The zero value chooses all of them; every field that
// is set narrows the choice.
type Filter struct {
	Status    []Status         // any of these
	Dataset   []Dataset        // any of these
	Creator   solana.PublicKey // this one
	MinReward uint64           // at least, lamports
	MaxReward uint64           // at most, lamports; 0: no limit
}

// Match reports whether the filter chooses the round.
func (f Filter) Match(r *Round) bool {
	return (len(f.Status) == 0 || slices.Contains(f.Status, r.Status)) &&
		(len(f.Dataset) == 0 || slices.Contains(f.Dataset, r.Dataset)) &&
		(f.Creator.IsZero() || f.Creator == r.Creator) &&
		r.Reward >= f.MinReward && (f.MaxReward == 0 || r.Reward <= f.MaxReward)
}

// fixed is as much of the filter as the node can do and as never changes.
func (f Filter) fixed() []chain.Filter {
	var out []chain.Filter
	if len(f.Dataset) == 1 {
		out = append(out, chain.Filter{Offset: atRoundDataset, Bytes: []byte{byte(f.Dataset[0])}})
	}
	if !f.Creator.IsZero() {
		out = append(out, chain.Filter{Offset: atRoundCreator, Bytes: f.Creator[:]})
	}
	return out
}

// changing is as much of the filter as the node can do and as may change.
func (f Filter) changing() []chain.Filter {
	if len(f.Status) != 1 {
		return nil
	}
	return []chain.Filter{{Offset: atRoundStatus, Bytes: []byte{byte(f.Status[0])}}}
}

// query chooses accounts of one type.
func (c *Client) query(discriminator [8]byte, filters ...chain.Filter) chain.Query {
	return chain.Query{Program: c.addr.Program, Filters: append([]chain.Filter{{Bytes: discriminator[:]}}, filters...)}
}

func compare(offset uint64, data []byte) chain.Filter {
	return chain.Filter{Offset: offset, Bytes: data}
}

// Counter reads the number of rounds and the protocol's parameters.
func (c *Client) Counter(ctx context.Context) (*Counter, error) {
	return one(ctx, c, "RoundCounter", c.addr.Counter(), DecodeCounter)
}

// Parameters reads the protocol's parameters.
func (c *Client) Parameters(ctx context.Context) (Parameters, error) {
	counter, err := c.Counter(ctx)
	if err != nil {
		return Parameters{}, err
	}
	return counter.Parameters, nil
}

// Round reads a round.
func (c *Client) Round(ctx context.Context, id uint64) (*Round, error) {
	return one(ctx, c, "Round", c.addr.Round(id), DecodeRound)
}

// Rounds reads all rounds that a filter chooses, in one call, by their ids.
func (c *Client) Rounds(ctx context.Context, f Filter) ([]*Round, error) {
	all, err := many(ctx, c, "Round", bindings.Account_Round, DecodeRound, slices.Concat(f.fixed(), f.changing())...)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(r *Round) bool { return !f.Match(r) })
	sort.Slice(all, func(i, j int) bool { return all[i].ID < all[j].ID })
	return all, nil
}

// Vault reads what was paid of a round's reward. It is gone once everything is.
func (c *Client) Vault(ctx context.Context, id uint64) (*Vault, error) {
	return one(ctx, c, "Vault", c.addr.Vault(id), DecodeVault)
}

// Gradient reads a trainer's submission to a round.
func (c *Client) Gradient(ctx context.Context, id uint64, trainer solana.PublicKey) (*Gradient, error) {
	return one(ctx, c, "Gradient", c.addr.Gradient(id, trainer), DecodeGradient)
}

// Gradients reads all submissions to a round, in their order.
func (c *Client) Gradients(ctx context.Context, id uint64, options ...QueryOption) ([]*Gradient, error) {
	all, err := many(ctx, c, "Gradient", bindings.Account_Gradient, DecodeGradient, narrowed(atGradientClaim, compare(atRoundID, le(id)), options)...)
	sort.Slice(all, func(i, j int) bool { return all[i].Index < all[j].Index })
	return all, err
}

// GradientsOf reads all submissions of a trainer, by their rounds.
func (c *Client) GradientsOf(ctx context.Context, trainer solana.PublicKey, options ...QueryOption) ([]*Gradient, error) {
	all, err := many(ctx, c, "Gradient", bindings.Account_Gradient, DecodeGradient, narrowed(atGradientClaim, compare(atWorker, trainer[:]), options)...)
	sort.Slice(all, func(i, j int) bool { return all[i].RoundID < all[j].RoundID })
	return all, err
}

// PreValidation reads a validator's score of a round's base model.
func (c *Client) PreValidation(ctx context.Context, id uint64, validator solana.PublicKey) (*PreValidation, error) {
	return one(ctx, c, "PreValidation", c.addr.PreValidation(id, validator), DecodePreValidation)
}

// PreValidations reads all scores of a round's base model.
func (c *Client) PreValidations(ctx context.Context, id uint64, options ...QueryOption) ([]*PreValidation, error) {
	return many(ctx, c, "PreValidation", bindings.Account_PreValidation, DecodePreValidation, narrowed(atPreClaim, compare(atRoundID, le(id)), options)...)
}

// PreValidationsOf reads all scores of base models by one validator, by their
// rounds.
func (c *Client) PreValidationsOf(ctx context.Context, validator solana.PublicKey, options ...QueryOption) ([]*PreValidation, error) {
	all, err := many(ctx, c, "PreValidation", bindings.Account_PreValidation, DecodePreValidation, narrowed(atPreClaim, compare(atWorker, validator[:]), options)...)
	sort.Slice(all, func(i, j int) bool { return all[i].RoundID < all[j].RoundID })
	return all, err
}

// PostValidation reads a validator's score of a trainer's gradient.
func (c *Client) PostValidation(ctx context.Context, id uint64, trainer, validator solana.PublicKey) (*PostValidation, error) {
	return one(ctx, c, "PostValidation", c.addr.PostValidation(id, trainer, validator), DecodePostValidation)
}

// PostValidations reads all scores of a round's gradients, by gradient.
func (c *Client) PostValidations(ctx context.Context, id uint64, options ...QueryOption) ([]*PostValidation, error) {
	all, err := many(ctx, c, "PostValidation", bindings.Account_PostValidation, DecodePostValidation, narrowed(atPostClaim, compare(atRoundID, le(id)), options)...)
	sort.SliceStable(all, func(i, j int) bool { return all[i].GradientIndex < all[j].GradientIndex })
	return all, err
}

// PostValidationsOf reads all scores of gradients by one validator, by their
// rounds.
func (c *Client) PostValidationsOf(ctx context.Context, validator solana.PublicKey, options ...QueryOption) ([]*PostValidation, error) {
	all, err := many(ctx, c, "PostValidation", bindings.Account_PostValidation, DecodePostValidation, narrowed(atPostClaim, compare(atPostValidator, validator[:]), options)...)
	sort.SliceStable(all, func(i, j int) bool { return all[i].RoundID < all[j].RoundID })
	return all, err
}

// Profile reads a trainer's stars.
func (c *Client) Profile(ctx context.Context, trainer solana.PublicKey) (*Profile, error) {
	return one(ctx, c, "TrainerProfile", c.addr.Profile(trainer), DecodeProfile)
}

// Commitment reads a validator's commitment to a score of [BaseModel] or of a trainer's
// gradient.
func (c *Client) Commitment(ctx context.Context, id uint64, subject, validator solana.PublicKey) (*Commitment, error) {
	return one(ctx, c, "Commitment", c.addr.Commitment(id, subject, validator), DecodeCommitment)
}

// Commitments reads all commitments of a round that were not revealed.
func (c *Client) Commitments(ctx context.Context, id uint64) ([]*Commitment, error) {
	return many(ctx, c, "Commitment", bindings.Account_Commitment, DecodeCommitment, compare(atRoundID, le(id)))
}

// CommitmentsOf reads all commitments of one validator, by their rounds.
func (c *Client) CommitmentsOf(ctx context.Context, validator solana.PublicKey) ([]*Commitment, error) {
	all, err := many(ctx, c, "Commitment", bindings.Account_Commitment, DecodeCommitment, compare(atPostValidator, validator[:]))
	sort.SliceStable(all, func(i, j int) bool { return all[i].RoundID < all[j].RoundID })
	return all, err
}

// Stake reads what a validator has at stake.
func (c *Client) Stake(ctx context.Context, validator solana.PublicKey) (*Stake, error) {
	return one(ctx, c, "ValidatorStake", c.addr.Stake(validator), DecodeStake)
}

func one[T any](ctx context.Context, c *Client, kind string, address solana.PublicKey, decode func(solana.PublicKey, []byte) (*T, error)) (*T, error) {
	a, err := c.chain.Account(ctx, address, c.addr.Program)
	if err != nil {
		return nil, ofKind(kind, err)
	}
	return decode(address, a.Data)
}

// many reads all accounts of one type in one call. An account that cannot be
// decoded fails it: only the program makes accounts of its own, so one of its
// accounts that makes no sense means that the program or the node does not.
func many[T any](ctx context.Context, c *Client, kind string, discriminator [8]byte, decode func(solana.PublicKey, []byte) (*T, error), filters ...chain.Filter) ([]*T, error) {
	found, _, err := chain.Scan(ctx, c.chain, c.query(discriminator, filters...), func(a chain.Account) (*T, error) {
		return decode(a.Address, a.Data)
	})
	return found, ofKind(kind, err)
}

// ofKind says in an error about an account what kind of account it was to be.
func ofKind(kind string, err error) error {
	var of *chain.AccountError
	if errors.As(err, &of) && of.Kind == "" {
		of.Kind = kind
	}
	return err
}
