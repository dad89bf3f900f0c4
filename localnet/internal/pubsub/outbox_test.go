package pubsub

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOutboxKeepsOrderAndBounds(t *testing.T) {
	o := newOutbox(3, 10)
	require.Nil(t, o.take())
	require.True(t, o.put(make([]byte, 50)), "an empty outbox takes any message")
	require.False(t, o.put([]byte("a")), "its bytes exceed the limit")
	require.Len(t, o.take(), 50)

	for _, m := range []string{"a", "b", "c"} {
		require.True(t, o.put([]byte(m)))
	}
	require.False(t, o.put([]byte("d")), "it is full")
	for _, m := range []string{"a", "b", "c"} {
		<-o.ready // there is a token as long as something waits
		require.Equal(t, m, string(o.take()))
	}
	require.Nil(t, o.take())
	require.True(t, o.put([]byte("12345")))
	require.True(t, o.put([]byte("12345")))
	require.False(t, o.put([]byte("1")))
	require.Equal(t, 10, o.bytes)
}
