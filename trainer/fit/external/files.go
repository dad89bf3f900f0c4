package external

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/decloud-sdk/decloud-go/internal/regular"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// Contract is the version of CONTRACT.md that commands are called by.
const Contract = 1

// The files of a training.
const (
	TaskFile    = "task.json"
	HeadFile    = "head.safetensors"
	SamplesFile = "samples.safetensors"
	TrainedFile = "trained.safetensors"
)

// task is task.json: CONTRACT.md says what its fields mean.
type task struct {
	Contract int        `json:"contract"`
	Head     headJSON   `json:"head"`
	Samples  int        `json:"samples"`
	Shape    []int      `json:"shape"`
	Options  options    `json:"options"`
	Seed     uint64     `json:"seed"`
	Deadline *time.Time `json:"deadline"`
	Seconds  *float64   `json:"seconds"`
}

type headJSON struct {
	Layers []layerJSON       `json:"layers"`
	Inputs [][]int           `json:"inputs,omitempty"`
	Tied   map[string]string `json:"tied,omitempty"`
}

type layerJSON struct {
	Type   string         `json:"type"`
	Params map[string]any `json:"params"`
}

type options struct {
	Epochs       int       `json:"epochs"`
	BatchSize    int       `json:"batch_size"`
	MaxBatches   int       `json:"max_batches"`
	LearningRate float64   `json:"learning_rate"`
	Optimizer    string    `json:"optimizer"`
	Momentum     float64   `json:"momentum"`
	Nesterov     bool      `json:"nesterov"`
	WeightDecay  float64   `json:"weight_decay"`
	ClipNorm     float64   `json:"clip_norm"`
	ClassWeights []float32 `json:"class_weights"`
	Prox         float64   `json:"prox"`
	Threads      int       `json:"threads"`
}

// maxSeed keeps seeds exact in JSON's numbers.
const maxSeed = 1<<53 - 1

// checkTask refuses what no command can be given.
func checkTask(x safetensors.Tensor, y []int, opts fit.Options) error {
	if err := opts.Check(); err != nil {
		return err
	}
	if opts.Schedule != nil {
		return fmt.Errorf("%w: a Schedule is a function of Go's, which no command can call: leave it nil", fit.ErrOptions)
	}
	if err := x.Check(); err != nil {
		return fmt.Errorf("%w: %w", fit.ErrSamples, err)
	}
	if len(x.Shape) < 2 || len(y) == 0 || x.Shape[0] != len(y) {
		return fmt.Errorf("%w: %d answers for inputs of shape %v", fit.ErrSamples, len(y), x.Shape)
	}
	return nil
}

// writeTask writes what the command gets: of the samples those that are learnt from.
func writeTask(ctx context.Context, dir string, head packagefmt.Network, x safetensors.Tensor, y []int, opts fit.Options) error {
	learnt, _ := opts.Divide(len(y))
	t := task{Contract: Contract, Samples: len(learnt), Shape: x.Shape[1:], Seed: opts.Seed & maxSeed, Options: options{
		Epochs: max(1, opts.Epochs), BatchSize: or(opts.BatchSize, 32), MaxBatches: opts.MaxBatches, LearningRate: or(opts.LearningRate, 0.001),
		Optimizer: opts.Optimizer.String(), Momentum: opts.Momentum, Nesterov: opts.Nesterov, WeightDecay: opts.WeightDecay,
		ClipNorm: opts.ClipNorm, ClassWeights: opts.ClassWeights, Prox: opts.Prox, Threads: opts.Threads,
	}}
	t.Head.Inputs, t.Head.Tied = head.Inputs, head.Tied
	for _, l := range head.Layers {
		if l.Params == nil {
			l.Params = map[string]any{}
		}
		t.Head.Layers = append(t.Head.Layers, layerJSON(l))
	}
	if deadline, ok := ctx.Deadline(); ok {
		utc, left := deadline.UTC(), time.Until(deadline).Seconds()
		t.Deadline, t.Seconds = &utc, &left
	}
	b, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, TaskFile), b, 0o600); err != nil {
		return err
	}
	weights := map[string]safetensors.Raw{}
	for name, w := range head.Weights {
		weights[name] = floats(w)
	}
	if err := writeTensors(filepath.Join(dir, HeadFile), weights); err != nil {
		return err
	}
	size := len(x.Data) / len(y)
	features := safetensors.Tensor{Shape: append([]int{len(learnt)}, x.Shape[1:]...), Data: make([]float32, 0, len(learnt)*size)}
	labels := safetensors.Raw{DType: "I64", Shape: []int{len(learnt)}}
	for _, i := range learnt {
		features.Data = append(features.Data, x.Data[i*size:(i+1)*size]...)
		labels.Data = binary.LittleEndian.AppendUint64(labels.Data, uint64(y[i]))
	}
	return writeTensors(filepath.Join(dir, SamplesFile), map[string]safetensors.Raw{"features": floats(features), "labels": labels})
}

func or[T int | float64](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}

// floats are a tensor's bytes.
func floats(t safetensors.Tensor) safetensors.Raw {
	r := safetensors.Raw{DType: "F32", Shape: t.Shape, Data: make([]byte, 0, 4*len(t.Data))}
	for _, v := range t.Data {
		r.Data = binary.LittleEndian.AppendUint32(r.Data, math.Float32bits(v))
	}
	return r
}

func writeTensors(path string, tensors map[string]safetensors.Raw) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(safetensors.WriteRaw(f, tensors), f.Close())
}

// readTrained reads the weights that the command has left: all of the head's, in their shapes, and no others.
func readTrained(dir string, head packagefmt.Network) (packagefmt.Network, error) {
	path := filepath.Join(dir, TrainedFile)
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return head, fmt.Errorf("it left no %s", TrainedFile)
	}
	if err != nil {
		return head, err
	}
	limit := int64(8 + safetensors.MaxHeader)
	for _, w := range head.Weights {
		limit += 8 * int64(len(w.Data))
	}
	if !info.Mode().IsRegular() || info.Size() > limit {
		return head, fmt.Errorf("%s is no regular file, or has more than the %d bytes that the head's weights can take", TrainedFile, limit)
	}
	f, info, err := regular.Open(path)
	if err != nil {
		return head, err
	}
	defer f.Close()
	if info.Size() > limit {
		return head, fmt.Errorf("%s grew beyond %d bytes", TrainedFile, limit)
	}
	weights, err := safetensors.Read(f, info.Size())
	if err != nil {
		return head, fmt.Errorf("%s: %w", TrainedFile, err)
	}
	trained := head.With(weights)
	if err := trained.Check(); err != nil {
		return head, fmt.Errorf("%s: %w", TrainedFile, err)
	}
	return trained, nil
}
