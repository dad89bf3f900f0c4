package round_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/round"
)

// cheap are options without a stake, dear the same with one of 100 SOL.
func (w *world) cheapAndDear() (cheap, dear round.Options) {
	p, err := w.authority.Parameters(w.Context())
	require.NoError(w, err)
	cheap = p.Options(w.now())
	cheap.Deadline = cheap.Deadline.Add(-time.Hour)
	dear = cheap
	dear.MinValidatorStake = 100 * sol
	return cheap, dear
}

// A round is shown with a stake of nothing, and reconfigured to one of 100 SOL in
// the moment before a validator or trainer sends: nothing of what it sends happens.
func TestPinnedVerbsHaveNoEffectOnceTheTermsChanged(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	cheap, dear := w.cheapAndDear()
	spec := aRound
	spec.Options = &cheap
	creator, validator := w.actor(), w.actor()
	id, _, err := creator.CreateRound(ctx, spec)
	require.NoError(t, err)
	seen, err := validator.Round(ctx, id)
	require.NoError(t, err)
	w.ok(creator.ConfigureRound(ctx, id, dear))
	before := w.balance(validator.Wallet())

	pinned := validator.Pin(seen)
	w.refused(round.ErrTermsChanged)(pinned.AddStake(ctx, 100*sol))
	w.refused(round.ErrTermsChanged)(pinned.Prevalidate(ctx, id, 5000))
	w.refused(round.ErrTermsChanged)(pinned.CommitValidation(ctx, id, round.BaseModel, 5000))
	w.refused(round.ErrTermsChanged)(pinned.SubmitGradient(ctx, id, gradientCID(1)))
	w.refused(round.ErrTermsChanged)(pinned.Postvalidate(ctx, id, w.actor().Wallet(), 5000))
	_, err = pinned.Simulate(ctx, round.AddStake{Amount: 1, Validator: validator.Wallet()})
	require.ErrorIs(t, err, round.ErrTermsChanged)
	require.Equal(t, before, w.balance(validator.Wallet()), "not even a fee")
	_, err = validator.Stake(ctx, validator.Wallet())
	require.ErrorIs(t, err, chain.ErrNotFound)

	seen, err = validator.Round(ctx, id)
	require.NoError(t, err)
	pinned = validator.Pin(seen)
	w.ok(pinned.AddStake(ctx, 100*sol))
	w.ok(pinned.Prevalidate(ctx, id, 5000))
}

// Rounds that others take part in keep their terms: pins of before still hold.
func TestPinsHoldWhileOthersTakePart(t *testing.T) {
	w := newWorld(t)
	id, _, err := w.actor().CreateRound(t.Context(), aRound)
	require.NoError(t, err)
	seen, err := w.actor().Round(t.Context(), id)
	require.NoError(t, err)
	w.ok(w.actor().Prevalidate(t.Context(), id, 4000))
	trainer := w.trainer()
	w.ok(trainer.Pin(seen).SubmitGradient(t.Context(), id, gradientCID(1)))
	w.ok(w.actor().Pin(seen).Postvalidate(t.Context(), id, trainer.Wallet(), 5000))
}

// older is the program as it was before it knew AssertTerms: the instruction has
// another discriminator there.
func older() []byte {
	return bytes.Replace(round.Program(), []byte{132, 139, 97, 153}, []byte{1, 2, 3, 4}, 1)
}

func TestPinsAreLeftOutWhereTheProgramDoesNotKnowThem(t *testing.T) {
	w := newWorld(t, localnet.WithProgram(round.LocalProgram, older()))
	ctx := t.Context()
	id, _, err := w.actor().CreateRound(ctx, aRound)
	require.NoError(t, err)
	validator := w.actor()
	seen, err := validator.Round(ctx, id)
	require.NoError(t, err)
	strict, err := round.NewClient(round.Config{Chain: validator.Chain(), Program: round.LocalProgram, RequirePins: true})
	require.NoError(t, err)
	w.refused(chain.ErrInstructionUnknown)(strict.Pin(seen).Prevalidate(ctx, id, 5000))

	pinned := validator.Pin(seen)
	w.ok(pinned.Prevalidate(ctx, id, 5000))
	w.ok(validator.Pin(seen).AddStake(ctx, sol))
	_, err = pinned.Simulate(ctx, round.AddStake{Amount: 1, Validator: validator.Wallet()})
	require.NoError(t, err)
}

func TestOnlyRoundsOfTheChainCanBePinned(t *testing.T) {
	w := newWorld(t)
	for _, r := range []*round.Round{nil, {ID: 7}} {
		w.refused(round.ErrArgument)(w.actor().Pin(r).AddStake(t.Context(), 1))
	}
}
