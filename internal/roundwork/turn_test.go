package roundwork

import (
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func wallets(n int) (all []solana.PublicKey) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range n {
		var k solana.PublicKey
		for i := range k {
			k[i] = byte(rng.Uint32())
		}
		all = append(all, k)
	}
	return all
}

func TestEverybodyHasATurnOfTheirOwn(t *testing.T) {
	all := wallets(50)
	firsts := map[solana.PublicKey]bool{}
	for id := range uint64(100) {
		var waits []time.Duration
		for _, w := range all {
			wait, ok := turn(append(all, all...), w, id, finalize) // some took part more than once
			require.True(t, ok)
			if wait == 0 {
				firsts[w] = true
			}
			waits = append(waits, wait)
		}
		slices.Sort(waits)
		for i, wait := range waits {
			require.Equal(t, time.Duration(i)*turnEvery, wait)
		}
	}
	require.Greater(t, len(firsts), 30, "not the same one pays every time")
	_, ok := turn(all[1:], all[0], 7, finalize)
	require.False(t, ok, "who took no part does not pay for it")
}

func TestDutiesHaveOrdersOfTheirOwn(t *testing.T) {
	all := wallets(50)
	differ := 0
	for _, w := range all {
		a, _ := turn(all, w, 7, slash, 1)
		b, _ := turn(all, w, 7, slash, 2)
		if a != b {
			differ++
		}
	}
	require.Greater(t, differ, 40)
}

func TestRivals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := Rivals{Poll: time.Second}
		require.NoError(t, v.StandBy(7))
		require.ErrorIs(t, v.Beaten(7), ErrRival)
		require.ErrorIs(t, v.StandBy(7), ErrRival)
		require.NoError(t, v.StandBy(8))
		time.Sleep(time.Minute)
		require.NoError(t, v.StandBy(7))
		for id := range uint64(3 * maxRivals) {
			require.ErrorIs(t, v.Beaten(id), ErrRival)
			require.LessOrEqual(t, len(v.until), maxRivals)
		}
	})
}

func TestAftermath(t *testing.T) {
	var a Aftermath
	require.Empty(t, a.Steps())
	a.Add(7, 1, 2)
	a.Add(7, 1)
	require.Len(t, a.Steps(), 2)
	a.done(a.Steps()[0])
	require.Len(t, a.Steps(), 1)
}
