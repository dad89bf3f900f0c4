package decloud_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/audio"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/validator"
)

// pitches are the classes of the recordings, in Hz.
var pitches = map[string]float64{"low": 300, "middle": 900, "high": 2100}

// saveTones writes n recordings of each pitch, in noise, as WAV files of 16-bit
// samples in a folder for each class.
func saveTones(t *testing.T, dir string, rng *rand.Rand, n int) {
	t.Helper()
	const rate, samples = 8000, 1200
	le := binary.LittleEndian
	for name, hz := range pitches {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, name), 0o700))
		for i := range n {
			b := append([]byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00"), 1, 0, 1, 0)
			b = le.AppendUint32(le.AppendUint32(b, rate), 2*rate)
			b = le.AppendUint32(append(append(b, 2, 0, 16, 0), "data"...), 2*samples)
			phase := rng.Float64()
			for s := range samples {
				v := 0.3*math.Sin(2*math.Pi*(hz*float64(s)/rate+phase)) + 0.1*rng.NormFloat64()
				b = le.AppendUint16(b, uint16(int16(32767*max(-1, min(1, v)))))
			}
			require.NoError(t, os.WriteFile(filepath.Join(dir, name, fmt.Sprintf("%d.wav", i)), b, 0o600))
		}
	}
}

// untrained is a small network with random weights.
func untrained(rng *rand.Rand, in, hidden, out int) packagefmt.Model {
	tensor := func(shape ...int) safetensors.Tensor {
		size := 1
		for _, d := range shape {
			size *= d
		}
		data := make([]float32, size)
		for i := range data {
			data[i] = float32(rng.NormFloat64() / math.Sqrt(float64(shape[len(shape)-1])))
		}
		return safetensors.Tensor{Shape: shape, Data: data}
	}
	linear := func(in, out int) packagefmt.Layer {
		return packagefmt.Layer{Type: "Linear", Params: map[string]any{"in_features": in, "out_features": out}}
	}
	return packagefmt.Model{Network: packagefmt.Network{
		Layers: []packagefmt.Layer{{Type: "Flatten"}, linear(in, hidden), {Type: "ReLU"}, linear(hidden, out)},
		Weights: map[string]safetensors.Tensor{
			"layers.1.weight": tensor(hidden, in), "layers.1.bias": tensor(hidden),
			"layers.3.weight": tensor(out, hidden), "layers.3.bias": tensor(out),
		},
	}}
}

// A whole round about a model of recordings: the package says how a WAV file
// becomes a spectrogram, and trainer and validator read folders of them.
func TestARoundAboutRecordings(t *testing.T) {
	world := roundtest.New(t)
	creator, judge, pupil := world.Player(t, "creator"), world.Player(t, "judge"), world.Player(t, "pupil")
	rng, dir := rand.New(rand.NewPCG(1, 2)), t.TempDir()
	saveTones(t, filepath.Join(dir, "train"), rng, 40)
	saveTones(t, filepath.Join(dir, "test"), rng, 30)
	open := func(part dataset.Part) dataset.Dataset {
		ds, err := dataset.Open(dataset.SpeechCommands, dir, part, dataset.Options{})
		require.NoError(t, err)
		return ds
	}
	spec := &audio.Spec{Rate: 8000, Samples: 1024, Mel: &audio.Mel{FFT: 128, Bins: 16}}
	pkg, report, err := packagefmt.Build(t.Context(), untrained(rng, spec.Size(), 32, len(pitches)), open(dataset.Test), packagefmt.BuildOptions{
		Dataset: dataset.SpeechCommands, Preprocessing: packagefmt.Preprocessing{Audio: spec, Mean: []float32{-5}, Std: []float32{5}},
	})
	require.NoError(t, err)
	require.Less(t, report.Accuracy, uint32(7000), "nobody taught it")
	launched, err := creator.Launch(t.Context(), decloud.LaunchOptions{Package: pkg, Reward: chain.LamportsPerSOL, Quorum: 1, Open: true})
	require.NoError(t, err)

	base := validate(t, judge.Client, validator.EventBase, dataset.SpeechCommands, open(dataset.Test))
	require.Equal(t, report.Accuracy, base)
	train(t, pupil.Client, dataset.SpeechCommands, open(dataset.Train))
	trained := validate(t, judge.Client, validator.EventGradient, dataset.SpeechCommands, open(dataset.Test))
	require.Greater(t, trained, uint32(9500))

	_, err = creator.Rounds.FinalizeRound(t.Context(), launched.RoundID)
	require.NoError(t, err)
	paid, err := pupil.Claim(t.Context(), launched.RoundID)
	require.NoError(t, err)
	require.Len(t, paid.Receipts, 1)
}
