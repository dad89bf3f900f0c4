package decloud_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
	"github.com/decloud-sdk/decloud-go/validator"
)

// languages is a data set that the protocol has no name for: which language a
// sentence is in.
const languages = dataset.ID(200)

func openLanguages(t *testing.T, part dataset.Part) dataset.Dataset {
	t.Helper()
	ds, err := dataset.Open(languages, "dataset/testdata/languages", part, dataset.Options{Text: []string{"text"}})
	require.NoError(t, err)
	return ds
}

// A whole round about a model of texts: its tokenizer travels in the package, and
// trainer and validator read tables of sentences.
func TestARoundAboutTexts(t *testing.T) {
	world := roundtest.New(t)
	creator, judge, pupil := world.Player(t, "creator"), world.Player(t, "judge"), world.Player(t, "pupil")
	model, err := packagefmt.OpenPyTorch("packagefmt/testdata/languages/languages.pt", packagefmt.PyTorchOptions{})
	require.NoError(t, err)
	tokenizer, err := os.ReadFile("packagefmt/testdata/languages/tokenizer.json")
	require.NoError(t, err)
	pkg, report, err := packagefmt.Build(t.Context(), model, openLanguages(t, dataset.Test), packagefmt.BuildOptions{
		Dataset: languages, Tokenizer: tokenizer, Preprocessing: packagefmt.Preprocessing{Shape: []int{64}},
	})
	require.NoError(t, err)
	require.InDelta(t, 6540, report.Accuracy, 50, "what PyTorch and tokenizers computed when the model was trained")
	launched, err := creator.Launch(t.Context(), decloud.LaunchOptions{Package: pkg, Reward: chain.LamportsPerSOL, Quorum: 1, Open: true})
	require.NoError(t, err)

	base := validate(t, judge.Client, validator.EventBase, languages, openLanguages(t, dataset.Test))
	require.Equal(t, report.Accuracy, base)
	train(t, pupil.Client, languages, openLanguages(t, dataset.Train))
	trained := validate(t, judge.Client, validator.EventGradient, languages, openLanguages(t, dataset.Test))
	require.Greater(t, trained, base+500, "3,000 sentences teach more than 150")

	_, err = creator.Rounds.FinalizeRound(t.Context(), launched.RoundID)
	require.NoError(t, err)
	paid, err := pupil.Claim(t.Context(), launched.RoundID)
	require.NoError(t, err)
	require.Len(t, paid.Receipts, 1)
}

// validate runs a validator until it has given a score of the kind.
func validate(t *testing.T, c *decloud.Client, kind validator.EventKind, id dataset.ID, data dataset.Dataset) (accuracy uint32) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	err := c.Validate(ctx, validator.Config{
		Data: map[dataset.ID]dataset.Dataset{id: data}, Poll: 10 * time.Millisecond,
		Observer: func(e validator.Event) {
			if e.Kind == kind {
				accuracy = e.Score.Accuracy
				stop()
			}
		},
	})
	require.NoError(t, err)
	return accuracy
}

// train runs a trainer until it has submitted.
func train(t *testing.T, c *decloud.Client, id dataset.ID, data dataset.Dataset) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	submitted := false
	require.NoError(t, c.Train(ctx, trainer.Config{
		Data:     map[dataset.ID]dataset.Dataset{id: data},
		Training: fit.Options{Epochs: 10}, Policy: trainer.Policy{MinQuorum: 1}, Poll: 10 * time.Millisecond,
		Observer: func(e trainer.Event) {
			if e.Kind == trainer.EventSubmitted {
				submitted = true
				stop()
			}
		},
	}))
	require.True(t, submitted)
}
