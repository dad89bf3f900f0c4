//go:build unix

package cli

import (
	"bufio"
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// The app as a process, while a client does not read what it asked for: it waits
// for that after the first SIGTERM, and ends at once after the second.
func TestTwoSIGTERMs(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "large"), make([]byte, 32<<20), 0o600))
	cmd := exec.Command(os.Args[0], "--listen", "127.0.0.1:0", "--store", t.TempDir(), "--add", dir)
	cmd.Env = append(os.Environ(), "GATEWAY_TEST_MAIN=1")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	said, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	url := bufio.NewScanner(out)
	require.True(t, url.Scan())
	open, err := http.Get(url.Text() + "/large")
	require.NoError(t, err)
	defer open.Body.Close()

	lines := bufio.NewScanner(said)
	signalled := func(want string) {
		require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
		for lines.Scan() && !bytes.Contains(lines.Bytes(), []byte(want)) {
		}
		require.Contains(t, lines.Text(), want)
	}
	signalled("stopping in order")
	signalled("ended at once")
	_ = cmd.Wait() // the status is looked at
	require.Equal(t, 130, cmd.ProcessState.ExitCode())
}
