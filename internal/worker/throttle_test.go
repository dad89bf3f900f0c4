package worker

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestThrottle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var throttle Throttle
		require.True(t, throttle.Allow(time.Hour))
		require.False(t, throttle.Allow(time.Hour))
		time.Sleep(time.Hour)
		require.True(t, throttle.Allow(time.Hour))
		require.False(t, throttle.Allow(time.Hour))
	})
}
