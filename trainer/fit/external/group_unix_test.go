//go:build unix

package external_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/trainer/fit"
	"github.com/decloud-sdk/decloud-go/trainer/fit/external"
)

// gone waits until a process is no more.
func gone(t *testing.T, pid int) {
	t.Helper()
	require.Eventually(t, func() bool {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat") // a zombie that nobody has waited for is gone, too
		return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || err == nil && strings.Contains(string(stat), ") Z ")
	}, time.Minute, 10*time.Millisecond)
}

// shell is a command in a shell, which writes its child's id to a file of the test's.
func shell(t *testing.T, script string) (c external.Command, child func() int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "pid")
	child = func() int {
		var pid int
		require.Eventually(t, func() bool {
			b, err := os.ReadFile(file)
			if err == nil {
				pid, err = strconv.Atoi(strings.TrimSpace(string(b)))
			}
			return err == nil
		}, time.Minute, 10*time.Millisecond)
		return pid
	}
	return external.Command{Args: []string{"/bin/sh", "-c", script, file}, TempDir: t.TempDir(), Grace: 100 * time.Millisecond}, child
}

// When the context ends, all of the command's processes end, those that ignore SIGTERM too.
func TestCommandsEndWithTheirChildren(t *testing.T) {
	head, x, y := digits(t)
	for name, script := range map[string]string{
		"a child":                 `sleep 1000 & echo $! >"$0"; wait`,
		"one that ignores a term": `trap "" TERM; (trap "" TERM; while :; do sleep 1000; done) & echo $! >"$0"; while :; do wait; done`,
	} {
		t.Run(name, func(t *testing.T) {
			c, child := shell(t, script)
			closed := errors.New("submissions are closed")
			ctx, cancel := context.WithCancelCause(t.Context())
			done := make(chan error, 1)
			go func() {
				_, _, err := c.Train(ctx, head, x, y, fit.Options{})
				done <- err
			}()
			pid := child()
			cancel(closed)
			require.ErrorIs(t, <-done, closed)
			gone(t, pid)
		})
	}
	t.Run("left behind", func(t *testing.T) {
		c, child := shell(t, `sleep 1000 >/dev/null 2>&1 & echo $! >"$0"; exit 0`)
		_, _, err := c.Train(t.Context(), head, x, y, fit.Options{})
		require.ErrorIs(t, err, external.ErrCommand)
		gone(t, child())
	})
}
