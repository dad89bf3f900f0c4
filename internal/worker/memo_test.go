package worker

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMemoIsBounded(t *testing.T) {
	var c Memo[int, string]
	_, ok := c.Get(1)
	require.False(t, ok)
	c.Forget(1)
	for i := range 3 * maxMemo {
		c.Put(i, "x")
		c.Put(i, "y")
		require.LessOrEqual(t, len(c.m), maxMemo)
	}
	v, ok := c.Get(3*maxMemo - 1)
	require.True(t, ok)
	require.Equal(t, "y", v)
	c.Forget(3*maxMemo - 1)
	_, ok = c.Get(3*maxMemo - 1)
	require.False(t, ok)
}
