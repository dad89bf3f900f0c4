package external_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
	"github.com/decloud-sdk/decloud-go/trainer/fit/external"
)

// A test's command is the test program itself, which plays what the variable names.
func TestMain(m *testing.M) {
	if play := os.Getenv("TEST_FIT_COMMAND"); play != "" {
		if err := plays[play](os.Args[len(os.Args)-1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(3)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// digits are the head of a small network and digits in its encoder.
func digits(t testing.TB) (packagefmt.Network, safetensors.Tensor, []int) {
	t.Helper()
	return someDigits(t, 1000)
}

func someDigits(t testing.TB, most int) (packagefmt.Network, safetensors.Tensor, []int) {
	t.Helper()
	m, err := packagefmt.OpenPyTorch("../../../examples/launch/model/mnist.pt", packagefmt.PyTorchOptions{})
	require.NoError(t, err)
	sets, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	p, _, err := packagefmt.Build(t.Context(), m, sets.Test, packagefmt.BuildOptions{Dataset: dataset.Mnist, Limit: 10})
	require.NoError(t, err)
	x, y, err := p.Embed(t.Context(), sets.Train)
	require.NoError(t, err)
	n := min(len(y), most)
	return p.Head, safetensors.Tensor{Shape: []int{n, x.Shape[1]}, Data: x.Data[:n*x.Shape[1]]}, y[:n]
}

func tensors(path string) (map[string]safetensors.Tensor, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return safetensors.Read(f, info.Size())
}

func leave(dir string, weights map[string]safetensors.Tensor) error {
	f, err := os.Create(filepath.Join(dir, external.TrainedFile))
	if err != nil {
		return err
	}
	return errors.Join(safetensors.Write(f, weights), f.Close())
}

// task is what the plays read of task.json.
type task struct {
	Contract int
	Head     struct{ Layers []packagefmt.Layer }
	Samples  int
	Shape    []int
	Options  struct {
		Epochs       int
		BatchSize    int     `json:"batch_size"`
		LearningRate float64 `json:"learning_rate"`
	}
	Seed    uint64
	Seconds *float64
}

// trains trains by the contract, with our engine.
func trains(dir string) error {
	var t task
	b, err := os.ReadFile(filepath.Join(dir, external.TaskFile))
	if err == nil {
		err = json.Unmarshal(b, &t)
	}
	if err != nil {
		return err
	}
	head, err := tensors(filepath.Join(dir, external.HeadFile))
	if err != nil {
		return err
	}
	samples, err := tensors(filepath.Join(dir, external.SamplesFile))
	if err != nil {
		return err
	}
	y := make([]int, t.Samples)
	for i, v := range samples["labels"].Data {
		y[i] = int(v)
	}
	if t.Contract != 1 || t.Seconds == nil || *t.Seconds <= 0 || os.Getenv("DECLOUD_PRIVATE_KEY")+os.Getenv("HF_TOKEN") != "" || os.Getenv("WANDB_API_KEY") != os.Getenv("TEST_ASKED_FOR") {
		return fmt.Errorf("the contract does not hold: %s", b)
	}
	fmt.Println(`{"epoch": 1, "epochs": 2, "loss": 0.5, "accuracy": 0.25}`)
	fmt.Println("half of it")
	out, _, err := fit.Train(context.Background(), packagefmt.Network{Layers: t.Head.Layers, Weights: head}, samples["features"], y,
		fit.Options{Epochs: t.Options.Epochs, BatchSize: t.Options.BatchSize, LearningRate: t.Options.LearningRate, Seed: t.Seed})
	if err != nil {
		return err
	}
	return leave(dir, out.Weights)
}

var plays = map[string]func(dir string) error{
	"trains":  trains,
	"fails":   func(string) error { return errors.New("CUDA out of memory") },
	"nothing": func(string) error { return nil },
	"junk": func(dir string) error {
		return os.WriteFile(filepath.Join(dir, external.TrainedFile), []byte("junk junk junk"), 0o600)
	},
	"huge": func(dir string) error {
		return errors.Join(os.WriteFile(filepath.Join(dir, external.TrainedFile), nil, 0o600), os.Truncate(filepath.Join(dir, external.TrainedFile), 1<<40))
	},
	"link": func(dir string) error {
		return os.Symlink(filepath.Join(dir, external.HeadFile), filepath.Join(dir, external.TrainedFile))
	},
	"same": func(dir string) error {
		w, err := tensors(filepath.Join(dir, external.HeadFile))
		return errors.Join(err, leave(dir, w))
	},
	"less": func(dir string) error {
		w, err := tensors(filepath.Join(dir, external.HeadFile))
		for name := range w {
			delete(w, name)
			break
		}
		return errors.Join(err, leave(dir, w))
	},
	"shape": func(dir string) error {
		w, err := tensors(filepath.Join(dir, external.HeadFile))
		for name, t := range w {
			w[name] = safetensors.Tensor{Shape: []int{len(t.Data), 1}, Data: t.Data}
		}
		return errors.Join(err, leave(dir, w))
	},
}

// play is a command that plays a part.
func play(t *testing.T, part string) external.Command {
	t.Helper()
	t.Setenv("TEST_FIT_COMMAND", part)
	for _, name := range []string{"DECLOUD_PRIVATE_KEY", "HF_TOKEN", "WANDB_API_KEY", "TEST_ASKED_FOR"} {
		t.Setenv(name, "secret")
	}
	return external.Command{Args: []string{os.Args[0]}, TempDir: t.TempDir(), Secrets: []string{"DECLOUD_PRIVATE_KEY", "wandb_api_key"}}
}

func TestCommandTrains(t *testing.T) {
	head, x, y := digits(t)
	c := play(t, "trains")
	var printed bytes.Buffer
	var told []fit.Progress
	c.Output = &printed
	opts := fit.Options{Epochs: 10, BatchSize: 16, LearningRate: 0.01, Seed: 1<<60 + 7, HoldOut: 0.2, OnProgress: func(p fit.Progress) { told = append(told, p) }}
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	got, result, err := c.Train(ctx, head, x, y, opts)
	require.NoError(t, err)

	learnt, heldOut := opts.Divide(len(y))
	require.Len(t, heldOut, len(y)/5)
	only := safetensors.Tensor{Shape: []int{len(learnt), x.Shape[1]}}
	var labels []int
	for _, i := range learnt {
		only.Data, labels = append(only.Data, x.Data[i*x.Shape[1]:(i+1)*x.Shape[1]]...), append(labels, y[i])
	}
	want, _, err := fit.Train(t.Context(), head, only, labels, fit.Options{Epochs: 10, BatchSize: 16, LearningRate: 0.01, Seed: 7})
	require.NoError(t, err)
	require.Equal(t, want.Weights, got.Weights, "the command got what it was to learn from, and no more")
	require.Equal(t, head.Layers, got.Layers)
	require.Len(t, result.Epochs, 1)
	require.Greater(t, result.Epochs[0].HeldOutAccuracy, 0.7)
	require.NotEqual(t, 0.25, result.Epochs[0].Accuracy, "it is measured here")
	require.Len(t, told, 1)
	require.Equal(t, 0.5, told[0].Loss)
	require.Equal(t, "half of it\n", printed.String())
	left, err := os.ReadDir(c.TempDir)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestWhatACommandLeavesIsChecked(t *testing.T) {
	head, x, y := digits(t)
	for part, says := range map[string]string{
		"fails": "CUDA out of memory", "nothing": "it left no trained.safetensors", "junk": "trained.safetensors", "huge": "more than the",
		"link": "no regular file", "less": "layers.", "shape": "shape", "same": "training gained nothing",
	} {
		t.Run(part, func(t *testing.T) {
			if part == "link" && runtime.GOOS == "windows" {
				t.Skip("links need a privilege there")
			}
			c := play(t, part)
			_, _, err := c.Train(t.Context(), head, x, y, fit.Options{})
			require.ErrorContains(t, err, says)
			if part == "same" {
				require.ErrorIs(t, err, fit.ErrNoGain)
			} else {
				require.ErrorIs(t, err, external.ErrCommand)
			}
			left, err := os.ReadDir(c.TempDir)
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
	_, _, err := external.Command{}.Train(t.Context(), head, x, y, fit.Options{})
	require.ErrorIs(t, err, external.ErrCommand)
	_, _, err = external.Command{Args: []string{filepath.Join(t.TempDir(), "absent")}}.Train(t.Context(), head, x, y, fit.Options{})
	require.ErrorIs(t, err, external.ErrCommand)
	_, _, err = play(t, "trains").Train(t.Context(), head, x, y, fit.Options{Schedule: fit.Constant})
	require.ErrorIs(t, err, fit.ErrOptions)
	_, _, err = play(t, "trains").Train(t.Context(), head, x, y[1:], fit.Options{})
	require.ErrorIs(t, err, fit.ErrSamples)
}

// Privacy is applied to what a command leaves, as to what the engine trains.
func TestPrivacyOfACommandsHead(t *testing.T) {
	head, x, y := digits(t)
	c := play(t, "trains")
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	got, result, err := c.Train(ctx, head, x, y, fit.Options{Epochs: 2, Privacy: &fit.Privacy{MaxNorm: 0.01, NoiseMultiplier: 1, Random: strings.NewReader(strings.Repeat("x", 32))}})
	require.NoError(t, err)
	require.NotNil(t, result.Privacy)
	moved := 0.0
	for name, w := range got.Weights {
		for i, v := range w.Data {
			d := float64(v - head.Weights[name].Data[i])
			moved += d * d
		}
	}
	require.Less(t, moved, 1.0, "clipped to 0.01, and noise of as much a weight")
}
