//go:build linux

package measure

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/memory"
)

// Self returns the command that runs this test binary as a child process, whose
// TestMain must call [Child].
func Self(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+strings.Join(args, "|"))
	return cmd
}

const (
	childEnv  = "STORAGE_MEASURE"
	peakLabel = "peak kB: "
)

// Child runs do with the arguments of [Self] and exits, if the process was
// started by Self.
func Child(do func(args []string) error) {
	args := os.Getenv(childEnv)
	if args == "" {
		return
	}
	if err := do(strings.Split(args, "|")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	peak, err := memory.Peak(os.Getpid())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	// The figure that the system reports to the parent includes the parent's
	// size.
	fmt.Fprintf(os.Stderr, "%s%d\n", peakLabel, peak>>10)
	os.Exit(0)
}

// CPU returns the processor time of a running process, user and system.
func CPU(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), ") ") // the process name may contain spaces
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat is too short", pid)
	}
	var ticks int64
	for _, s := range f[11:13] { // utime and stime, in hundredths of a second
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil
}

// Run runs cmd with the output of the commands in from, if any, as its input,
// and returns what it prints. The wall-clock time is that of all commands,
// processor time and memory are cmd's alone.
func Run(t *testing.T, cmd *exec.Cmd, from ...*exec.Cmd) (string, Sample) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	start := time.Now()
	for _, f := range from {
		pipe, err := f.StdoutPipe()
		require.NoError(t, err)
		cmd.Stdin = pipe
		require.NoError(t, f.Start())
	}
	err := cmd.Run()
	for _, f := range from {
		require.NoError(t, f.Wait(), f)
	}
	took := time.Since(start)
	require.NoError(t, err, "%v\n%s", cmd, &errs)
	return strings.TrimSpace(out.String()), used(t, cmd, errs.String(), took)
}

// used returns the measurement of a process that has ended.
func used(t *testing.T, cmd *exec.Cmd, errs string, took time.Duration) Sample {
	s := Sample{Took: took, CPU: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	s.Peak = cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
	if _, own, ok := strings.Cut(errs, peakLabel); ok {
		kb, err := strconv.ParseInt(strings.TrimSpace(own), 10, 64)
		require.NoError(t, err)
		s.Peak = kb << 10
	}
	return s
}

// Listen starts cmd, a child that prints its address and serves until its input
// ends, and returns the address and a function that ends it.
func Listen(t *testing.T, cmd *exec.Cmd) (address string, stop func() Sample) {
	t.Helper()
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	start := time.Now()
	require.NoError(t, cmd.Start())
	_, err = fmt.Fscanln(out, &address)
	require.NoError(t, err, &errs)
	return address, func() Sample {
		require.NoError(t, in.Close())
		require.NoError(t, cmd.Wait(), &errs)
		return used(t, cmd, errs.String(), time.Since(start))
	}
}

// Package creates a directory with a file of mb million random bytes and a
// small file, and returns its path.
func Package(t *testing.T, mb int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "package")
	require.NoError(t, os.Mkdir(dir, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "config.json"), []byte("{}"), 0o644))
	f, err := os.Create(filepath.Join(dir, "embeddings.safetensors"))
	require.NoError(t, err)
	_, err = io.CopyN(f, rand.Reader, int64(mb)*1_000_000) // streamed, so that this process stays small
	require.NoError(t, err)
	require.NoError(t, f.Close())
	return dir
}
