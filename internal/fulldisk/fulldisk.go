//go:build linux

package fulldisk

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// During runs do while no file can grow beyond so many bytes: writing more fails, as on a full disk, though with
// syscall.EFBIG. It holds for the whole process, so no other test may run beside.
func During(t *testing.T, bytes uint64, do func()) {
	t.Helper()
	var before syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before))
	defer func() { require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before)) }()
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: bytes, Max: before.Max}))
	do()
}
