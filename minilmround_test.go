package decloud_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/validator"
)

// A whole round about a sentence encoder as all-MiniLM-L6-v2 is one, but small, as
// torch.onnx.export wrote it: attention with a mask of the padding, the mean over
// the tokens, and a head. Its tokenizer and encoder.onnx travel in the package;
// everybody's data is sentences.
func TestARoundAboutASentenceEncoder(t *testing.T) {
	world := roundtest.New(t)
	creator, judge, pupil := world.Player(t, "creator"), world.Player(t, "judge"), world.Player(t, "pupil")
	model, err := packagefmt.OpenONNX("packagefmt/testdata/minilm/minilm.onnx", packagefmt.ONNXOptions{})
	require.NoError(t, err)
	tokenizer, err := os.ReadFile("packagefmt/testdata/languages/tokenizer.json")
	require.NoError(t, err)
	pkg, report, err := packagefmt.Build(t.Context(), model, openLanguages(t, dataset.Test), packagefmt.BuildOptions{
		Dataset: languages, Tokenizer: tokenizer, Preprocessing: packagefmt.Preprocessing{Shape: []int{64}},
	})
	require.NoError(t, err)
	require.NotNil(t, pkg.Encoder.ONNX)
	require.Equal(t, []int{1000, 32}, pkg.Embeddings.Shape, "the mean over the tokens")
	require.InDelta(t, 4060, report.Accuracy, 50, "what PyTorch and tokenizers computed when the model was trained")
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
