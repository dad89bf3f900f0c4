//go:build unix

package external_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
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

// What holds the command's output open when it has ended well, a logger in the background say, is killed; the head counts.
func TestACommandsHeadCountsWhateverItLeavesRunning(t *testing.T) {
	head, x, y := digits(t)
	t.Setenv("TEST_FIT_COMMAND", "trains")
	c, child := shell(t, `"$1" "$2" && { sleep 1000 & echo $! >"$0"; exit 0; }`)
	c.Args = append(c.Args, os.Args[0])
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	got, _, err := c.Train(ctx, head, x, y, fit.Options{Epochs: 3, LearningRate: 0.01})
	require.NoError(t, err)
	require.NotEqual(t, head.Weights, got.Weights)
	gone(t, child())
}

// alone finds Writes at the same time.
type alone struct {
	in      atomic.Int32
	writes  int
	overlap atomic.Bool
}

func (a *alone) Write(p []byte) (int, error) {
	if a.in.Add(1) > 1 {
		a.overlap.Store(true)
	}
	for range 1000 {
		runtime.Gosched()
	}
	a.writes++
	a.in.Add(-1)
	return len(p), nil
}

// A command's two streams do not meet in the caller's writer, and what it says of its progress is no time before now.
func TestWhatACommandPrints(t *testing.T) {
	head, x, y := digits(t)
	c, _ := shell(t, `echo '{"epoch": 1, "epochs": 9000000000000000000, "loss": 1, "accuracy": 0.5}'; echo '{"epoch": 1, "epochs": 2, "loss": 1, "accuracy": 70}'
		(i=0; while [ $i -lt 200 ]; do echo out; i=$((i+1)); done) & i=0; while [ $i -lt 200 ]; do echo err >&2; i=$((i+1)); done; wait; exit 1`)
	out := &alone{}
	c.Output = out
	var told []fit.Progress
	_, _, err := c.Train(t.Context(), head, x, y, fit.Options{OnProgress: func(p fit.Progress) { told = append(told, p) }})
	require.ErrorIs(t, err, external.ErrCommand)
	require.Positive(t, out.writes)
	require.False(t, out.overlap.Load())
	require.Len(t, told, 1, "an accuracy of 70 is none")
	require.EqualValues(t, 1<<62, told[0].Remaining)
}
