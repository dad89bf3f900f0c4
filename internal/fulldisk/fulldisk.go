//go:build linux

package fulldisk

import (
	"flag"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// During runs do while no file can grow beyond so many bytes: writing more fails, as on a full disk, though with
// syscall.EFBIG. It holds for the whole process, so no other test may run beside.
func During(t *testing.T, bytes uint64, do func()) {
	t.Helper()
	emptyLog(t)
	var before syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before))
	defer func() { require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before)) }()
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: bytes, Max: before.Max}))
	do()
}

// emptyLog has the testing package write out what it has collected of the environment and the files that tests looked at: the
// go command reads it, and it fails the test if it cannot be written. What is looked at while the disk is full then fits its
// buffer of 4,096 bytes.
func emptyLog(t *testing.T) {
	t.Helper()
	f := flag.Lookup("test.testlogfile")
	if f == nil || f.Value.String() == "" {
		return
	}
	size := func() int64 {
		info, err := os.Stat(f.Value.String())
		require.NoError(t, err)
		return info.Size()
	}
	for before, i := size(), 0; size() == before && i < 4096; i++ {
	}
}
