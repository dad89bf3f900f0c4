package packagefmt

import (
	"fmt"
	"slices"

	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// outputTolerance bounds |ours − PyTorch's| relative to the largest output: both
// compute in float32, in another order.
const outputTolerance = 1e-4

// CheckOutputs compares what the model computes with what the original one computed:
// x [n, …] are samples as the model takes them (preprocessed), want its outputs in eval
// mode: [n, classes], or of a language model [n, tokens, vocabulary]. It proves or refuses what a file does not say, such as the
// order of layers that [PyTorchOptions].InOrder or Layers state. Errors wrap
// ErrInvalid.
func (m Model) CheckOutputs(x, want safetensors.Tensor) error {
	if len(x.Shape) < 2 || len(want.Shape) < 2 || x.Shape[0] != want.Shape[0] || x.Shape[0] == 0 {
		return fmt.Errorf("%w: samples of shape %v and outputs of shape %v: want [n, …] and [n, …], n at least 1", ErrInvalid, x.Shape, want.Shape)
	}
	if err := want.Check(); err != nil {
		return fmt.Errorf("%w: the original model's outputs: %w", ErrInvalid, err)
	}
	net, err := m.executable(x.Shape[1:])
	if err != nil {
		return err
	}
	n, size, outs := x.Shape[0], len(x.Data)/x.Shape[0], len(want.Data)/x.Shape[0]
	for from := 0; from < n; from += defaultBatch {
		to := min(from+defaultBatch, n)
		y, err := net.Forward(safetensors.Tensor{Shape: append([]int{to - from}, x.Shape[1:]...), Data: x.Data[from*size : to*size]})
		if err != nil {
			return fmt.Errorf("%w: the model cannot run on samples of shape %v: %w", ErrInvalid, x.Shape[1:], err)
		}
		if y.Shape[0] != to-from || !slices.Equal(y.Shape[1:], want.Shape[1:]) {
			return fmt.Errorf("%w: the model that was read has outputs of shape %v, the original one %v", ErrInvalid, y.Shape[1:], want.Shape[1:])
		}
		if err := closeTo(want.Data[from*outs:to*outs], y.Data, outputTolerance); err != nil {
			return fmt.Errorf("%w: the model that was read is another one than the original: its outputs for samples %d to %d: %w", ErrInvalid, from, to-1, err)
		}
	}
	return nil
}
