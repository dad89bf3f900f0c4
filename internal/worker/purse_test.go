package worker

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPurse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &Purse{Floor: 100, PerDay: 50}
		spend := func(lamports, balance uint64) (func(), error) { return p.Spend(lamports, balance) }
		_, err := spend(11, 110)
		require.ErrorIs(t, err, ErrFloor)
		_, err = spend(1, 99)
		require.ErrorIs(t, err, ErrFloor)
		_, err = spend(math.MaxUint64, math.MaxUint64)
		require.ErrorIs(t, err, ErrFloor)
		undo, err := spend(30, 130)
		require.NoError(t, err)
		_, err = spend(21, 1000)
		require.ErrorIs(t, err, ErrSpending)
		undo()
		undo()
		_, err = spend(21, 1000)
		require.NoError(t, err)
		time.Sleep(time.Hour)
		_, err = spend(29, 1000)
		require.NoError(t, err)
		_, err = spend(1, 1000)
		require.ErrorIs(t, err, ErrSpending)
		time.Sleep(23 * time.Hour) // the 21 are a day old
		_, err = spend(21, 1000)
		require.NoError(t, err)
	})
}

func TestPurseWithoutBounds(t *testing.T) {
	var p Purse
	_, err := p.Spend(math.MaxUint64/2, 0)
	require.NoError(t, err)
	_, err = p.Spend(1, 0)
	require.NoError(t, err)
}
