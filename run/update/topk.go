package update

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// keep is how many of n values a fraction is: at least one of any.
func keep(n int, fraction float64) int {
	return min(n, max(1, int(math.Ceil(float64(float64(n)*fraction)))))
}

// largest are the indices of the k values of the largest magnitude, ascending. Of
// equal ones the first are taken.
func largest(values []float32, k int) []int {
	index := make([]int, len(values))
	for i := range index {
		index[i] = i
	}
	slices.SortFunc(index, func(a, b int) int {
		x, y := values[a], values[b]
		return cmp.Or(cmp.Compare(max(y, -y), max(x, -x)), cmp.Compare(a, b))
	})
	index = index[:k]
	slices.Sort(index)
	return index
}

// encodeTopK writes the kept values in half precision, and for each how many are
// left out before it, as a base-128 varint.
func encodeTopK(out Encoded, name string, t safetensors.Tensor, fraction float64) {
	kept := largest(t.Data, keep(len(t.Data), fraction))
	values, gaps, next := make([]float32, len(kept)), []byte{}, 0
	for i, at := range kept {
		values[i] = t.Data[at]
		gaps = binary.AppendUvarint(gaps, uint64(at-next))
		next = at + 1
	}
	scale := powerOfTwo(values)
	putScale(out, name, scale)
	out[name+":values"] = safetensors.Raw{DType: "F16", Shape: []int{len(values)}, Data: halves(values, scale)}
	out[name+":gaps"] = safetensors.Raw{DType: "U8", Shape: []int{len(gaps)}, Data: gaps}
}

func decodeTopK(in Encoded, name string, _ []int, data []float32) error {
	scale, err := takeScale(in, name)
	if err != nil {
		return err
	}
	kept, err := takeList(in, name+":values", "F16")
	if err != nil {
		return err
	}
	gaps, err := takeList(in, name+":gaps", "U8")
	if err != nil {
		return err
	}
	if len(kept.Data) > 2*len(data) {
		return fmt.Errorf("%w: %d values of %d", ErrLayers, len(kept.Data)/2, len(data))
	}
	values := make([]float32, len(kept.Data)/2)
	safetensors.Convert(values, kept.Data, "F16")
	multiply(values, scale)
	return scatter(data, values, gaps.Data)
}

// scatter puts each value behind its gap.
func scatter(data, values []float32, gaps []byte) error {
	next := uint64(0)
	for _, v := range values {
		gap, n := binary.Uvarint(gaps)
		if n <= 0 || gap >= uint64(len(data))-next {
			return fmt.Errorf("%w: a value behind the tensor's end", ErrLayers)
		}
		gaps = gaps[n:]
		data[next+gap] = v
		next += gap + 1
	}
	if len(gaps) > 0 {
		return fmt.Errorf("%w: %d bytes of gaps without a value", ErrLayers, len(gaps))
	}
	return nil
}
