package worker

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSeenIsBounded(t *testing.T) {
	var s Seen
	require.True(t, s.First(7))
	require.False(t, s.First(7))
	for id := range uint64(3 * maxSeen) {
		s.First(100 + id)
		require.LessOrEqual(t, len(s.ids), maxSeen)
	}
	require.True(t, s.First(7))
}
