package sbpf

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Covered programs have the same results and costs, and different paths count different edges.
func TestCovered(t *testing.T) {
	code := text(
		op(opLdxb, 1, 1, 0, 0),
		op(opJeqI, 1, 0, 2, 7),
		op(opMov64I, 0, 0, 0, 1),
		exit(),
		op(opCall, 0, 1, 0, 1),
		exit(),
		lddw(0, 1<<40),
		exit(),
	)
	p := assemble(t, V3, noCalls(t), code)
	ways := map[Edges]bool{}
	for _, first := range []byte{0, 7} {
		var edges Edges
		covered := p.Covered(new(Edges)).Covered(&edges)
		var results, left [2]uint64
		for i, q := range []*Program{p, covered} {
			left[i] = 100
			testVM.Reset(q, []byte{first}, DefaultHeap, &left[i])
			r, err := testVM.Run(q, InputStart, 0)
			require.NoError(t, err)
			results[i] = r
		}
		require.Equal(t, results[0], results[1])
		require.Equal(t, left[0], left[1])
		ways[edges] = true
	}
	require.Len(t, ways, 2)
	require.NotContains(t, ways, Edges{})
}

// AllEdges contains every edge that was counted, and those that were not.
func TestAllEdges(t *testing.T) {
	code := text(
		op(opLdxb, 1, 1, 0, 0),   // 0
		op(opJeqI, 1, 0, 2, 7),   // 1, to 4
		op(opMov64I, 0, 0, 0, 1), // 2
		exit(),                   // 3
		op(opCall, 0, 1, 0, 1),   // 4, to 6
		exit(),                   // 5
		op(opJeqI, 1, 0, 1, 7),   // 6, to 8
		exit(),                   // 7
		exit(),                   // 8
	)
	p := assemble(t, V3, noCalls(t), code)
	var ways [][2]int
	counters := map[uint16]bool{}
	for _, e := range p.AllEdges() {
		ways = append(ways, [2]int{e.From, e.To})
		counters[e.Counter] = true
	}
	require.Equal(t, [][2]int{{-1, 0}, {0, 2}, {0, 4}, {4, 6}, {6, 7}, {6, 8}, {7, 5}, {8, 5}}, ways)
	require.Equal(t, p.AllEdges(), p.Covered(new(Edges)).AllEdges())
	var edges Edges
	covered := p.Covered(&edges)
	for _, first := range []byte{0, 7} {
		left := uint64(100)
		testVM.Reset(covered, []byte{first}, DefaultHeap, &left)
		_, err := testVM.Run(covered, InputStart, 0)
		require.NoError(t, err)
	}
	hit := 0
	for i, n := range edges {
		if n > 0 {
			require.True(t, counters[uint16(i)])
			hit++
		}
	}
	require.Equal(t, 6, hit, "all but the way over 7")
}
