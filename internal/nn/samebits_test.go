package nn

import (
	"encoding/binary"
	"hash/fnv"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// samebits is a hash of what every layer computes in eval. .ci/samebits compares it on amd64 without and
// with AVX2 and on arm64; a change that changes bits on purpose writes down the new one.
const samebits = 0xda182cc27cdbbbae

// What a network computes in eval has the same bits in every class of kernels, and on every processor, also
// where numbers are so large or so small that orders and roundings show.
func TestOutputsHaveTheSameBitsEverywhere(t *testing.T) {
	all := fnv.New64a()
	for _, file := range slices.Concat(layerFiles, []string{"graphs", "functions", "language"}) {
		for _, f := range readFixtures(t, file) {
			n, err := NewGraph(f.nodes(), f.weights())
			require.NoError(t, err)
			for _, scale := range []float32{1, 300, 1e20, 1e-20, 1e-41} {
				x := f.X.tensor()
				for i := range x.Data {
					x.Data[i] *= scale
				}
				if _, err := n.Forward(x); err != nil {
					require.NotEqual(t, float32(1), scale, "%s: %v", f.Name, err)
					continue // indices
				}
				bits := n.bits(t, x)
				for _, other := range n.inEachClass(t, x) {
					require.Equal(t, bits, other, "%s, inputs times %v", f.Name, scale)
				}
				require.NoError(t, binary.Write(all, binary.LittleEndian, bits))
			}
		}
	}
	require.Equal(t, uint64(samebits), all.Sum64(), "0x%x", all.Sum64())
}

// gradientBits is a hash of what every layer computes in a step of training; see samebits.
const gradientBits = 0xcc58155ca58e16b0

// So have the outputs and gradients of a step of training.
func TestGradientsHaveTheSameBitsEverywhere(t *testing.T) {
	all := fnv.New64a()
	for _, file := range slices.Concat(layerFiles, []string{"graphs", "functions", "language"}) {
		for _, f := range readFixtures(t, file) {
			if f.Train == nil {
				continue
			}
			var first uint64
			for c := kernel.Portable; c <= kernel.Best(); c++ {
				before, err := kernel.Use(c)
				require.NoError(t, err)
				h := hashOf(f.train(t, 1))
				_, _ = kernel.Use(before)
				if c == kernel.Portable {
					first = h
				}
				require.Equal(t, first, h, "%s with %v", f.Name, c)
			}
			require.NoError(t, binary.Write(all, binary.LittleEndian, first))
		}
	}
	require.Equal(t, uint64(gradientBits), all.Sum64(), "0x%x", all.Sum64())
}

// adapterBits is a hash of what training adapters leads to; see samebits.
const adapterBits = 0xceb853b70cd2ab86

// So have adapters that were trained, the optimizer being an exact one.
func TestAdaptersHaveTheSameBitsEverywhere(t *testing.T) {
	all := fnv.New64a()
	for _, c := range readLoraCases(t) {
		c.exact = true
		var first uint64
		for class := kernel.Portable; class <= kernel.Best(); class++ {
			before, err := kernel.Use(class)
			require.NoError(t, err)
			h := hashOf(c.fit(t, 1, false))
			_, _ = kernel.Use(before)
			if class == kernel.Portable {
				first = h
			}
			require.Equal(t, first, h, "%s with %v", c.Name, class)
		}
		require.NoError(t, binary.Write(all, binary.LittleEndian, first))
	}
	require.Equal(t, uint64(adapterBits), all.Sum64(), "0x%x", all.Sum64())
}

// hashOf is a hash of named numbers.
func hashOf(got map[string][]float32) uint64 {
	h := fnv.New64a()
	for _, name := range slices.Sorted(maps.Keys(got)) {
		_ = binary.Write(h, binary.LittleEndian, got[name]) // which never fails
	}
	return h.Sum64()
}

func (n *Net) inEachClass(t *testing.T, x tensor.Tensor) (all [][]uint32) {
	t.Helper()
	for c := kernel.Portable; c <= kernel.Best(); c++ {
		before, err := kernel.Use(c)
		require.NoError(t, err)
		all = append(all, n.bits(t, x))
		_, _ = kernel.Use(before)
	}
	return all
}

// bits are those of the outputs; every NaN is the same.
func (n *Net) bits(t *testing.T, x tensor.Tensor) (bits []uint32) {
	t.Helper()
	y, err := n.Forward(x)
	require.NoError(t, err)
	for _, v := range y.Data {
		if v != v {
			v = float32(math.NaN())
		}
		bits = append(bits, math.Float32bits(v))
	}
	return bits
}
