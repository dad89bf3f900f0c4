//go:build python

package external_test

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/onnx"
	"github.com/decloud-sdk/decloud-go/internal/onnx/lower"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
	"github.com/decloud-sdk/decloud-go/trainer/fit/external"
)

// Heads of models that the importer is tested with, attention and recurrent layers among them, compute in PyTorch by the contract
// what they compute here: the loss of the first epoch, at no learning rate to speak of, is the same.
func TestPyTorchTakesGraphs(t *testing.T) {
	z, err := zip.OpenReader("../../../internal/onnx/testdata/heads.zip")
	require.NoError(t, err)
	defer z.Close()
	for _, name := range []string{"vit.dynamo", "bert.legacy", "encoder_first.legacy", "tied.legacy", "gru_both.legacy", "rnn_relu.legacy"} {
		t.Run(name, func(t *testing.T) {
			read := func(file string) []byte {
				f, err := z.Open(name + "/" + file)
				require.NoError(t, err)
				defer f.Close()
				b, err := io.ReadAll(f)
				require.NoError(t, err)
				return b
			}
			var c struct {
				Shape  []int
				X      []byte // float32, little-endian
				Labels []int
			}
			require.NoError(t, json.Unmarshal(read("case.json"), &c))
			x := safetensors.Tensor{Shape: c.Shape, Data: make([]float32, len(c.X)/4)}
			for i := range x.Data {
				x.Data[i] = math.Float32frombits(binary.LittleEndian.Uint32(c.X[4*i:]))
			}
			head, x := longest(t, read("model.onnx"), x)
			var kinds []string
			for _, l := range head.Layers {
				kinds = append(kinds, l.Type)
			}
			t.Log(kinds)
			opts := fit.Options{Epochs: 1, BatchSize: len(c.Labels), LearningRate: 1e-12, Threads: 1}
			_, ours, err := fit.Train(t.Context(), head, x, c.Labels, opts)
			require.NoError(t, err)
			var theirs fit.Progress
			opts.OnProgress = func(p fit.Progress) { theirs = p }
			var printed bytes.Buffer
			command := external.Command{Args: []string{cmp.Or(os.Getenv("DECLOUD_PYTHON"), "python3"), "testdata/fit.py"}, TempDir: t.TempDir(), Output: &printed}
			if _, _, err = command.Train(t.Context(), head, x, c.Labels, opts); err != nil {
				require.ErrorIs(t, err, fit.ErrNoGain, printed.String())
			}
			require.InEpsilon(t, ours.Epochs[0].Loss, theirs.Loss, 1e-5)
		})
	}
}

// longest is the longest head of a model, and what it takes of samples.
func longest(t *testing.T, file []byte, x safetensors.Tensor) (head packagefmt.Network, features safetensors.Tensor) {
	p, err := onnx.Load(file, onnx.Options{})
	require.NoError(t, err)
	n, err := p.Specialize(x.Shape[1:], onnx.Limits{Bytes: 1 << 26, Work: 1 << 30})
	require.NoError(t, err)
	for _, cut := range n.Cuts() {
		low, err := lower.Tail(n, cut)
		if err != nil {
			continue
		}
		head.Weights, head.Tied = low.Weights, map[string]string{}
		for i, nd := range low.Nodes {
			head.Layers, head.Inputs = append(head.Layers, packagefmt.Layer(nd.Spec)), append(head.Inputs, nd.Inputs)
			for param, to := range nd.Tied {
				head.Tied["layers."+strconv.Itoa(i)+"."+param] = to
			}
		}
		features, err = n.Front(cut).Forward(x)
		require.NoError(t, err)
		return head, features
	}
	t.Fatal("no head")
	return head, features
}
