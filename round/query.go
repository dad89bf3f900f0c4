package round

import (
	"bytes"
	"context"
	"errors"
	"math"
	"slices"
	"sort"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/anchor"
	"github.com/decloud-sdk/decloud-go/round/internal/bindings"
)

// Offsets of the fields that queries filter by. They never change.
const (
	atRoundID       = 8
	atRoundCreator  = 16
	atRoundDataset  = 113
	atRoundStatus   = 132
	atWorker        = 16 // trainer of a Gradient, validator of a PreValidation, trainer of a PostValidation
	atPostValidator = 48
	atRoundTask     = 853
	atReporter      = 48  // of an Unopened
	atGradientClaim = 130 // whether the reward was claimed
	atPreClaim      = 52
	atPostClaim     = 84
)

// maxFilters is how many filters a node takes in one query.
const maxFilters = 4

// Filter selects rounds. The zero value selects all of them; every field that is
// set narrows the selection.
type Filter struct {
	Status    []Status         // any of these
	Dataset   []Dataset        // any of these
	Creator   solana.PublicKey // this one
	Task      []Task           // any of these
	MinReward uint64           // lamports, this or more
	MaxReward uint64           // lamports, this or less; 0: no limit
}

// Match reports whether the filter selects the round.
func (f Filter) Match(r *Round) bool {
	return (len(f.Status) == 0 || slices.Contains(f.Status, r.Status)) &&
		(len(f.Dataset) == 0 || slices.Contains(f.Dataset, r.Dataset)) &&
		(f.Creator.IsZero() || f.Creator == r.Creator) &&
		(len(f.Task) == 0 || slices.Contains(f.Task, r.Task())) &&
		r.Reward >= f.MinReward && (f.MaxReward == 0 || r.Reward <= f.MaxReward)
}

// fixed is the part of the filter that a node can apply and that is about fields
// that never change.
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

// changing is the part of the filter that a node can apply and that is about
// fields that may change.
func (f Filter) changing() (out []chain.Filter) {
	if len(f.Status) == 1 {
		out = append(out, chain.Filter{Offset: atRoundStatus, Bytes: []byte{byte(f.Status[0])}})
	}
	room := len(f.fixed())+len(out) < maxFilters-1          // that of the type is one more
	if len(f.Task) == 1 && f.Task[0] != TaskHeads && room { // the rounds of an older program end before it
		out = append(out, chain.Filter{Offset: atRoundTask, Bytes: []byte{byte(f.Task[0])}})
	}
	return out
}

// header is the part of a round's account that the filter is about: all that an older
// program writes, which [DecodeRound] reads as a round of version 0, and with a task all of
// the account.
func (f Filter) header() chain.Part {
	if len(f.Task) > 0 {
		return chain.Part{}
	}
	return chain.Part{Length: kitRound}
}

// query selects accounts of one type.
func (c *Client) query(discriminator [8]byte, filters ...chain.Filter) chain.Query {
	return chain.Query{Program: c.addr.Program, Filters: append([]chain.Filter{{Bytes: discriminator[:]}}, filters...)}
}

// memcmp is the filter for data at an offset, as the RPC interface calls it.
func memcmp(offset uint64, data []byte) chain.Filter {
	return chain.Filter{Offset: offset, Bytes: data}
}

// Counter reads the number of rounds and the protocol's parameters.
func (c *Client) Counter(ctx context.Context) (*Counter, error) {
	return readOne(ctx, c, "RoundCounter", c.addr.Counter(), DecodeCounter)
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
	a, err := c.chain.Account(ctx, c.addr.Round(id), c.addr.Program)
	if err != nil {
		return nil, anchor.OfKind("Round", err)
	}
	return decodeRound(a)
}

// Rounds reads all rounds that a filter selects, ordered by id: in one call, or, if
// the answer is too large for that, in one for each 100 rounds that there are.
// [Client.Track] keeps the active ones up to date at a lower price, and
// [Client.RoundRange] reads the newest.
func (c *Client) Rounds(ctx context.Context, f Filter) ([]*Round, error) {
	query := c.query(bindings.Account_Round, slices.Concat(f.fixed(), f.changing())...)
	all, slot, err := chain.Scan(ctx, c.chain, query, decodeRound)
	err = anchor.OfKind("Round", err)
	for i, r := range all {
		all[i] = r.SeenAt(slot)
	}
	if errors.Is(err, chain.ErrTooLarge) {
		all, err = c.selectedRange(ctx, f, 0, math.MaxUint64)
	}
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(r *Round) bool { return !f.Match(r) })
	sort.Slice(all, func(i, j int) bool { return all[i].ID < all[j].ID })
	return all, nil
}

// Vault reads what was paid out of a round's reward. The error wraps
// [chain.ErrNotFound] once the vault is closed.
func (c *Client) Vault(ctx context.Context, id uint64) (*Vault, error) {
	return readOne(ctx, c, "Vault", c.addr.Vault(id), DecodeVault)
}

// Gradient reads a trainer's submission to a round.
func (c *Client) Gradient(ctx context.Context, id uint64, trainer solana.PublicKey) (*Gradient, error) {
	return readOne(ctx, c, "Gradient", c.addr.Gradient(id, trainer), DecodeGradient)
}

// Gradients reads all submissions to a round, in the order of submission.
func (c *Client) Gradients(ctx context.Context, id uint64, options ...QueryOption) ([]*Gradient, error) {
	all, err := readAll(ctx, c, "Gradient", bindings.Account_Gradient, DecodeGradient, narrowed(atGradientClaim, memcmp(atRoundID, le(id)), options)...)
	sort.Slice(all, func(i, j int) bool { return all[i].Index < all[j].Index })
	return all, err
}

// GradientsOf reads all submissions of a trainer, ordered by round.
func (c *Client) GradientsOf(ctx context.Context, trainer solana.PublicKey, options ...QueryOption) ([]*Gradient, error) {
	all, err := readAll(ctx, c, "Gradient", bindings.Account_Gradient, DecodeGradient, narrowed(atGradientClaim, memcmp(atWorker, trainer[:]), options)...)
	sort.Slice(all, func(i, j int) bool { return all[i].RoundID < all[j].RoundID })
	return all, err
}

// PreValidation reads a validator's score of a round's base model.
func (c *Client) PreValidation(ctx context.Context, id uint64, validator solana.PublicKey) (*PreValidation, error) {
	return readOne(ctx, c, "PreValidation", c.addr.PreValidation(id, validator), DecodePreValidation)
}

// PreValidations reads all scores of a round's base model.
func (c *Client) PreValidations(ctx context.Context, id uint64, options ...QueryOption) ([]*PreValidation, error) {
	return readAll(ctx, c, "PreValidation", bindings.Account_PreValidation, DecodePreValidation, narrowed(atPreClaim, memcmp(atRoundID, le(id)), options)...)
}

// PreValidationsOf reads all scores of base models by one validator, ordered by
// round.
func (c *Client) PreValidationsOf(ctx context.Context, validator solana.PublicKey, options ...QueryOption) ([]*PreValidation, error) {
	all, err := readAll(ctx, c, "PreValidation", bindings.Account_PreValidation, DecodePreValidation, narrowed(atPreClaim, memcmp(atWorker, validator[:]), options)...)
	sort.Slice(all, func(i, j int) bool { return all[i].RoundID < all[j].RoundID })
	return all, err
}

// PostValidation reads a validator's score of a trainer's gradient.
func (c *Client) PostValidation(ctx context.Context, id uint64, trainer, validator solana.PublicKey) (*PostValidation, error) {
	return readOne(ctx, c, "PostValidation", c.addr.PostValidation(id, trainer, validator), DecodePostValidation)
}

// PostValidations reads all scores of a round's gradients, ordered by gradient.
func (c *Client) PostValidations(ctx context.Context, id uint64, options ...QueryOption) ([]*PostValidation, error) {
	all, err := readAll(ctx, c, "PostValidation", bindings.Account_PostValidation, DecodePostValidation, narrowed(atPostClaim, memcmp(atRoundID, le(id)), options)...)
	sort.SliceStable(all, func(i, j int) bool { return all[i].GradientIndex < all[j].GradientIndex })
	return all, err
}

// PostValidationsOf reads all scores of gradients by one validator, ordered by
// round.
func (c *Client) PostValidationsOf(ctx context.Context, validator solana.PublicKey, options ...QueryOption) ([]*PostValidation, error) {
	all, err := readAll(ctx, c, "PostValidation", bindings.Account_PostValidation, DecodePostValidation, narrowed(atPostClaim, memcmp(atPostValidator, validator[:]), options)...)
	sort.SliceStable(all, func(i, j int) bool { return all[i].RoundID < all[j].RoundID })
	return all, err
}

// Profile reads a trainer's stars. The error wraps [chain.ErrNotFound] before
// [Client.CreateTrainerProfile].
func (c *Client) Profile(ctx context.Context, trainer solana.PublicKey) (*Profile, error) {
	return readOne(ctx, c, "TrainerProfile", c.addr.Profile(trainer), DecodeProfile)
}

// Commitment reads a validator's commitment to a score of [BaseModel] or of a trainer's
// gradient.
func (c *Client) Commitment(ctx context.Context, id uint64, subject, validator solana.PublicKey) (*Commitment, error) {
	return readOne(ctx, c, "Commitment", c.addr.Commitment(id, subject, validator), DecodeCommitment)
}

// Commitments reads all commitments of a round that were not revealed.
func (c *Client) Commitments(ctx context.Context, id uint64) ([]*Commitment, error) {
	return readAll(ctx, c, "Commitment", bindings.Account_Commitment, DecodeCommitment, memcmp(atRoundID, le(id)))
}

// CommitmentsOf reads all commitments of one validator that were not revealed,
// ordered by round.
func (c *Client) CommitmentsOf(ctx context.Context, validator solana.PublicKey) ([]*Commitment, error) {
	all, err := readAll(ctx, c, "Commitment", bindings.Account_Commitment, DecodeCommitment, memcmp(atPostValidator, validator[:]))
	sort.SliceStable(all, func(i, j int) bool { return all[i].RoundID < all[j].RoundID })
	return all, err
}

// Unopened reads the mark that a validator was slashed for commitments of a round that it
// never revealed. The error wraps [chain.ErrNotFound] if it was not.
func (c *Client) Unopened(ctx context.Context, id uint64, validator solana.PublicKey) (*Unopened, error) {
	return readOne(ctx, c, "Unopened", c.addr.Unopened(id, validator), DecodeUnopened)
}

// UnopenedOf reads the marks that one reporter has made, whose rent it gets back once their
// rounds are closed ([Client.CloseUnopened]), ordered by round.
func (c *Client) UnopenedOf(ctx context.Context, reporter solana.PublicKey) ([]*Unopened, error) {
	all, err := readAll(ctx, c, "Unopened", bindings.Account_Unopened, DecodeUnopened, memcmp(atReporter, reporter[:]))
	sort.SliceStable(all, func(i, j int) bool { return all[i].RoundID < all[j].RoundID })
	return all, err
}

// UnopenedIn reads all marks of a round, ordered by validator.
func (c *Client) UnopenedIn(ctx context.Context, id uint64) ([]*Unopened, error) {
	all, err := readAll(ctx, c, "Unopened", bindings.Account_Unopened, DecodeUnopened, memcmp(atRoundID, le(id)))
	sort.Slice(all, func(i, j int) bool { return bytes.Compare(all[i].Validator[:], all[j].Validator[:]) < 0 })
	return all, err
}

// Stake reads what a validator has at stake. The error wraps [chain.ErrNotFound]
// if it never staked.
func (c *Client) Stake(ctx context.Context, validator solana.PublicKey) (*Stake, error) {
	return readOne(ctx, c, "ValidatorStake", c.addr.Stake(validator), DecodeStake)
}

// Stakes reads what all validators have at stake, ordered by validator.
func (c *Client) Stakes(ctx context.Context) ([]*Stake, error) {
	all, err := readAll(ctx, c, "ValidatorStake", bindings.Account_ValidatorStake, DecodeStake)
	sort.Slice(all, func(i, j int) bool { return bytes.Compare(all[i].Validator[:], all[j].Validator[:]) < 0 })
	return all, err
}

// readOne reads one account.
func readOne[T any](ctx context.Context, c *Client, kind string, address solana.PublicKey, decode func(solana.PublicKey, []byte) (*T, error)) (*T, error) {
	return anchor.Read(ctx, c.chain, c.addr.Program, kind, address, decode)
}

// readAll reads all accounts of one type in one call. It fails if one of them
// cannot be decoded: only the program writes its accounts, so then the program is
// another one, or the node is wrong.
func readAll[T any](ctx context.Context, c *Client, kind string, discriminator [8]byte, decode func(solana.PublicKey, []byte) (*T, error), filters ...chain.Filter) ([]*T, error) {
	found, _, err := chain.Scan(ctx, c.chain, c.query(discriminator, filters...), func(a chain.Account) (*T, error) {
		return decode(a.Address, a.Data)
	})
	return found, anchor.OfKind(kind, err)
}
