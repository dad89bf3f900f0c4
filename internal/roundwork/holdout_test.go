package roundwork_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
	"github.com/decloud-sdk/decloud-go/validator"
)

// hidden is a package with a test of other digits than its public ones sealed for a key.
func hidden(t *testing.T, key packagefmt.HoldoutKey) *packagefmt.Package {
	t.Helper()
	pkg := *roundtest.Package()
	sets, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	indices := make([]int, 300)
	for i := range indices {
		indices[i] = 600 + i
	}
	rest, err := dataset.Subset(sets.Test, indices)
	require.NoError(t, err)
	x, labels, err := pkg.Embed(context.Background(), rest)
	require.NoError(t, err)
	require.NoError(t, pkg.SealHoldout(packagefmt.Holdout{Embeddings: x, Labels: labels}, key))
	return &pkg
}

// Whole workers play a round with a sealed test: the creator reveals its key by itself once submissions have closed, the
// validators score on the sealed test alone, the trainer has trained on the public one too. Where the key does not come, all
// score on the public test.
func TestWorkersScoreOnASealedTest(t *testing.T) {
	for _, reveals := range []bool{true, false} {
		t.Run(fmt.Sprint("the key comes: ", reveals), func(t *testing.T) {
			warm(t)
			key := packagefmt.HoldoutKey{1, 2, 3}
			pkg := hidden(t, key)
			synctest.Test(t, func(t *testing.T) {
				m := &team{crew: newCrew(t)}
				creator := m.Player(t, "creator")
				require.NoError(t, creator.Client.KeepHoldoutKey(key))
				m.id = m.LaunchSealedAbout(t, creator, pkg, func(o *round.Options) { o.MinValidatorStake = sol }, func(f *round.FairOptions) { f.Holdout = key.Hash() })
				for i := range 3 {
					m.judges = append(m.judges, m.staked(m.name(i)))
				}
				public, _ := roundtest.Digits(t)
				var samples int
				m.pupil = m.Player(t, "pupil")
				m.trainer("pupil", m.pupil.Wallet, func(c *trainer.Config) {
					c.Policy.Holdouts, c.Public = []solana.PublicKey{creator.Wallet.PublicKey()}, data(public)
					c.Fit = func(ctx context.Context, task trainer.Task) (packagefmt.Network, fit.Result, error) {
						samples = len(task.Labels)
						require.Equal(t, samples, task.Features.Shape[0])
						return task.Fit(ctx)
					}
				})
				if reveals {
					m.start(func(ctx context.Context) error {
						return creator.Client.RevealHoldouts(ctx, func(_ uint64, err error) { m.note(happened{who: "creator", kind: "holdout", err: err}) })
					})
				}
				for i := range 3 {
					m.judge(i)
				}
				m.happen(1, "submitted")
				require.Greater(t, samples, public.Len(), "it trains on the public test, too")
				m.happen(1, "finalized")
				r := m.round()
				require.Equal(t, reveals, r.HoldoutRevealed)
				open := key
				if !reveals {
					open = packagefmt.HoldoutKey{}
				}
				labels, err := pkg.Labels(public)
				require.NoError(t, err)
				judge, err := validator.NewHoldoutJudge(t.Context(), pkg, validator.Test{Embeddings: pkg.Embeddings, Labels: labels}, &open)
				require.NoError(t, err)
				require.Equal(t, reveals, judge.Unsealed() == nil)
				require.EqualValues(t, judge.Base(), r.BaseAccuracy)
				require.Equal(t, reveals, len(m.told("unsealed")) == 0)
				m.happen(1, "claimed", "pupil")
			})
		})
	}
}
