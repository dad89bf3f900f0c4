package loader_test

import (
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain/internal/loader"
)

func bytesOf(size int, first ...byte) []byte { return append(first, make([]byte, size-len(first))...) }

func TestParse(t *testing.T) {
	key := solana.PublicKey{9}
	data := bytesOf(loader.ProgramDataHeader+3, 3, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 1, 9)
	d, err := loader.ParseProgramData(data)
	require.NoError(t, err)
	require.Equal(t, loader.ProgramData{Slot: 7, Authority: key, Code: []byte{0, 0, 0}}, d)
	data[12] = 0
	d, err = loader.ParseProgramData(data)
	require.NoError(t, err)
	require.Zero(t, d.Authority, "whatever stands behind the option")

	b, err := loader.ParseBuffer(bytesOf(loader.BufferHeader+2, 1, 0, 0, 0, 1, 9))
	require.NoError(t, err)
	require.Equal(t, loader.Buffer{Authority: key, Code: []byte{0, 0}}, b)

	p, err := loader.ParseProgram(bytesOf(loader.ProgramSize, 2, 0, 0, 0, 9))
	require.NoError(t, err)
	require.Equal(t, key, p)
}

// Any bytes give an error, or what the tag says.
func FuzzParse(f *testing.F) {
	f.Add(bytesOf(50, 1))
	f.Add(bytesOf(50, 2))
	f.Add(bytesOf(50, 3))
	f.Fuzz(func(t *testing.T, data []byte) {
		read := 0
		if b, err := loader.ParseBuffer(data); err == nil {
			read++
			require.Len(t, b.Code, len(data)-loader.BufferHeader)
		}
		if _, err := loader.ParseProgram(data); err == nil {
			read++
		}
		if d, err := loader.ParseProgramData(data); err == nil {
			read++
			require.Len(t, d.Code, len(data)-loader.ProgramDataHeader)
		}
		require.LessOrEqual(t, read, 1)
	})
}
