package svm

import (
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"
)

// Blocks end with the first one whose transactions were all kept.
func TestBlocksAreDroppedWithTheirTransactions(t *testing.T) {
	b := NewBank(Config{MaxRecords: 1_000})
	for i := range 1_001 {
		b.state.slots.slot = uint64(1 + i/2)
		r := &Record{Result: Result{Signature: solana.Signature{byte(i), byte(i >> 8)}, Slot: b.state.slots.slot, BlockTime: int64(i)}}
		b.record(r)
		if i%2 == 1 {
			b.state.slots.ended.add(b.state.slots.slot, 1, b.now(), 0)
		}
	}
	first, end := b.Blocks()
	require.Equal(t, uint64(2), first)
	require.Equal(t, uint64(501), end)
	_, ok := b.Block(1)
	require.False(t, ok)
	block, ok := b.Block(2)
	require.True(t, ok)
	require.Len(t, block.Transactions, 2)
	require.Equal(t, int64(3), block.Time, "of the last transaction")
	require.Equal(t, slotHash(1), block.Parent)
	_, ok = b.Block(501)
	require.False(t, ok, "it lasts")
	require.Equal(t, uint64(1_001), b.TransactionCount())
}
