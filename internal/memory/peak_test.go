package memory

import (
	"os"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPeak(t *testing.T) {
	if runtime.GOOS != "linux" {
		_, err := Peak(os.Getpid())
		require.Error(t, err)
		return
	}
	peak, err := Peak(os.Getpid())
	require.NoError(t, err)
	require.Greater(t, peak, int64(1<<20))
	_, err = Peak(-1)
	require.ErrorIs(t, err, os.ErrNotExist)
}
