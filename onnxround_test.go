package decloud_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/validator"
)

// A whole round about a model of convolutions with a skip connection, as
// torch.onnx.export wrote it: its encoder travels as encoder.onnx, and trainer and
// validator run it.
func TestARoundAboutAnONNXModel(t *testing.T) {
	world := roundtest.New(t)
	creator, judge, pupil := world.Player(t, "creator"), world.Player(t, "judge"), world.Player(t, "pupil")
	model, err := packagefmt.OpenONNX("packagefmt/testdata/onnx/skip.onnx", packagefmt.ONNXOptions{})
	require.NoError(t, err)
	sets, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	pkg, report, err := packagefmt.Build(t.Context(), model, sets.Test, packagefmt.BuildOptions{
		Dataset: dataset.Mnist, Limit: 200, Preprocessing: packagefmt.Preprocessing{Shape: []int{1, 28, 28}},
	})
	require.NoError(t, err)
	require.NotNil(t, pkg.Encoder.ONNX)
	require.NotNil(t, pkg.Head.Inputs, "the head is a graph")
	launched, err := creator.Launch(t.Context(), decloud.LaunchOptions{Package: pkg, Reward: chain.LamportsPerSOL, Quorum: 1, Open: true})
	require.NoError(t, err)

	require.Equal(t, report.Accuracy, validate(t, judge.Client, validator.EventBase, dataset.Mnist, sets.Test))
	train(t, pupil.Client, dataset.Mnist, sets.Train)
	trained := validate(t, judge.Client, validator.EventGradient, dataset.Mnist, sets.Test)
	require.GreaterOrEqual(t, trained, report.Accuracy)

	_, err = creator.Rounds.FinalizeRound(t.Context(), launched.RoundID)
	require.NoError(t, err)
	paid, err := pupil.Claim(t.Context(), launched.RoundID)
	require.NoError(t, err)
	require.Len(t, paid.Receipts, 1)
}
