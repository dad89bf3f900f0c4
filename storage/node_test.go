package storage

import (
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"
)

// A decoded node has valid links and sizes that add up.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(""))
	f.Add([]byte("\x0a\x02\x08\x01"))          // an empty directory
	f.Add([]byte("\x0a\x05\x08\x02\x12\x01x")) // a file of one byte
	f.Add([]byte("\x0a\x0b\x08\x04\x12\x07/passwd"))
	f.Add([]byte("\x12\x2a\x0a\x24\x01\x55\x12\x20abcdefghijklmnopqrstuvwxyz012345\x12\x00\x18\x01\x0a\x06\x08\x02\x18\x01\x20\x01"))
	c := cid.NewCidV1(cid.DagProtobuf, cid.MustParse("bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354").Hash())
	f.Fuzz(func(t *testing.T, block []byte) {
		n, err := decode(c, block)
		if err != nil {
			require.True(t, isSentinel(err), "%v", err)
			return
		}
		for _, l := range n.links {
			require.NoError(t, checkCID(l.cid))
		}
		if n.kind == kindFile {
			sum := uint64(len(n.data))
			for i := range n.links {
				sum += n.sizes[i]
			}
			require.Equal(t, n.size, sum)
		}
	})
}

func TestCheckName(t *testing.T) {
	for _, ok := range []string{"config.json", ".hidden", "a b", "日本語.txt", "console", "com", "com10", "nullable", "COM.x"} {
		require.NoError(t, checkName(ok), ok)
	}
	for _, bad := range []string{"", ".", "..", "a/b", "a\\b", "a\x00", "nul", "NUL.tar.gz", "com1", "lpt².txt", "con ", "aux .txt", "x.", "...", "\xff"} {
		require.ErrorIs(t, checkName(bad), ErrUnsafeName, "%q", bad)
	}
	require.Equal(t, foldName("STRASSE"), foldName("strasse"))
	require.NotEqual(t, foldName("a"), foldName("b"))
}
