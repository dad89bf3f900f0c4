package svm

import (
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"
)

func TestEventsOfEndedSlots(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	b := NewBank(Config{Clock: func() time.Time { return now }, SlotTime: time.Second})
	var ended []uint64
	cancel := b.Subscribe(func(ev Event) {
		if ev.Ended {
			ended = append(ended, ev.Slot)
		}
	})
	b.Tick()
	require.Empty(t, ended, "no time has passed")
	now = now.Add(time.Second)
	b.Tick()
	b.Tick()
	require.Equal(t, []uint64{1}, ended)
	b.Warp(3 * time.Second)
	b.Warp(-time.Second)
	b.WarpSlots(0)
	b.WarpSlots(10)
	require.Equal(t, []uint64{1, 4, 14}, ended, "the last of several slots stands for all")

	for range 1000 {
		now = now.Add(2 * time.Second)
		b.Slot()
		require.LessOrEqual(t, len(b.queue), 1, "reads notify nobody, and do not fill the queue")
	}
	require.NoError(t, b.Fund(solana.PublicKey{1}, 1))
	require.Len(t, ended, 4)
	require.Equal(t, b.Slot()-1, ended[3])
	cancel()
}
