package storage

import (
	"context"
	"testing"

	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/boxo/ipld/unixfs"
	"github.com/stretchr/testify/require"
)

// A decompression bomb of few blocks is refused without reading a block again
// for each of its links.
func TestBombIsReadOnce(t *testing.T) {
	b, err := openBlocks(t.TempDir())
	require.NoError(t, err)
	n := unixfs.EmptyDirNode()
	n.SetCidBuilder(merkledag.V1CidPrefix())
	require.NoError(t, b.put(n.Cid(), n.RawData()))
	for range 9 {
		parent := unixfs.EmptyDirNode()
		parent.SetCidBuilder(merkledag.V1CidPrefix())
		for _, name := range []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"} {
			require.NoError(t, parent.AddNodeLink(name, n))
		}
		n = parent
		require.NoError(t, b.put(n.Cid(), n.RawData()))
	}
	l := limits{maxNodes: 1000}.withDefaults()
	allocs := testing.AllocsPerRun(1, func() {
		_, err := readTree(context.Background(), b, n.Cid(), l, true)
		require.ErrorIs(t, err, ErrTooLarge)
	})
	require.Less(t, allocs, float64(10_000), "it takes 25 for each node otherwise")
}
