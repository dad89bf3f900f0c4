package sbpf

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCovered runs covered programs: same results and costs, and other edges for other ways.
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
