//go:build unix

package signals_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/examples/internal/signals"
)

func TestMain(m *testing.M) {
	if kind := os.Getenv("SIGNALS_TEST"); kind != "" {
		program(kind)
	}
	goleak.VerifyTestMain(m)
}

// program is one that ends in order, or one that never gets around to it.
func program(kind string) {
	ctx, stop := signals.Context(os.Stderr)
	fmt.Println("ready")
	<-ctx.Done()
	fmt.Println("stopping")
	if kind == "stuck" {
		select {}
	}
	stop()
	os.Exit(0)
}

func TestTheFirstEndsInOrderTheSecondAtOnce(t *testing.T) {
	for kind, want := range map[string]int{"orderly": 0, "stuck": signals.Interrupted} {
		for _, sig := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
			t.Run(kind+" "+sig.String(), func(t *testing.T) {
				cmd := exec.Command(os.Args[0])
				cmd.Env = append(os.Environ(), "SIGNALS_TEST="+kind)
				var said bytes.Buffer
				cmd.Stderr = &said
				out, err := cmd.StdoutPipe()
				require.NoError(t, err)
				require.NoError(t, cmd.Start())
				lines := bufio.NewScanner(out)
				require.True(t, lines.Scan())
				require.NoError(t, cmd.Process.Signal(sig))
				require.True(t, lines.Scan())
				require.Equal(t, "stopping", lines.Text())
				if kind == "stuck" {
					require.NoError(t, cmd.Process.Signal(sig))
				}
				_ = cmd.Wait() // the status is looked at
				require.Equal(t, want, cmd.ProcessState.ExitCode(), "%s", &said)
				require.Contains(t, said.String(), "once more ends the program at once")
				require.Equal(t, kind == "stuck", bytes.Contains(said.Bytes(), []byte("ended at once")))
			})
		}
	}
}

func TestStoppingTwiceEndsTheContext(t *testing.T) {
	ctx, stop := signals.Context(os.Stderr)
	require.NoError(t, ctx.Err())
	stop()
	stop()
	require.Error(t, ctx.Err())
}
