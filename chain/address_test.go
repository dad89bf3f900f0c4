package chain_test

import (
	"crypto/rand"
	"encoding/binary"
	"sync"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
)

// Addresses are remembered, and are those of solana-go all the same: whatever was
// asked for before, and whoever asks at the same time.
func TestDerivedAddressesAreRemembered(t *testing.T) {
	program := solana.SystemProgramID
	want := func(seeds ...[]byte) solana.PublicKey {
		key, _, err := solana.FindProgramAddress(seeds, program)
		if err != nil {
			return solana.PublicKey{}
		}
		return key
	}
	for _, seeds := range [][][]byte{nil, {{}}, {[]byte("ab")}, {[]byte("a"), []byte("b")}, {[]byte("ab"), {}}, {make([]byte, 32)}, {make([]byte, 33)},
		{make([]byte, 300)}, make([][]byte, 15), make([][]byte, 16)} {
		for range 2 {
			require.Equal(t, want(seeds...), chain.DeriveAddress(program, seeds...), seeds)
		}
	}
	require.NotEqual(t, chain.DeriveAddress(program, []byte("a")), chain.DeriveAddress(solana.TokenProgramID, []byte("a")))
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for i := range uint64(300) {
				seed := binary.LittleEndian.AppendUint64(nil, i)
				if got := chain.DeriveAddress(program, seed); got != want(seed) {
					t.Errorf("%d: %s", i, got)
				}
			}
		})
	}
	group.Wait()
}

// What strangers have addresses derived of does not fill the memory.
func TestDerivedAddressesAreBounded(t *testing.T) {
	var seed [8]byte
	_, _ = rand.Read(seed[:])
	n := chain.DerivedForTest(100_000, func(i int) string { return string(binary.LittleEndian.AppendUint64(seed[:], uint64(i))) })
	require.LessOrEqual(t, n, 2*1<<14)
}

func BenchmarkDeriveAddress(b *testing.B) {
	for name, seeds := range map[string]int{"known": 100, "new": 1 << 30} {
		b.Run(name, func(b *testing.B) {
			for i := range b.N {
				chain.DeriveAddress(solana.TokenProgramID, binary.LittleEndian.AppendUint64([]byte(name), uint64(i%seeds)))
			}
		})
	}
}
