// Package jsclients tests that the clients which JavaScript programs use work with the local chain: web3.js, kit,
// spl-token and Anchor. They need Node 20 and the packages that `npm ci` installs here.
package jsclients

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/internal/sourcedir"
	"github.com/decloud-sdk/decloud-go/internal/spltoken"
	"github.com/decloud-sdk/decloud-go/localnet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// play runs a script and passes its lines to saw.
func play(t *testing.T, saw func(line string), script string, args ...string) {
	t.Helper()
	dir := sourcedir.Find("internal/jsclients")
	node, err := exec.LookPath("node")
	if err != nil {
		missing(t, "Node 20 or newer is not installed: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "@solana", "web3.js", "package.json")); err != nil {
		missing(t, "run `npm ci` in internal/jsclients (%v)", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, append([]string{script}, args...)...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	for lines := bufio.NewScanner(out); lines.Scan(); {
		t.Log(lines.Text())
		saw(lines.Text())
	}
	require.NoError(t, cmd.Wait(), stderr.String())
}

func missing(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

func TestWeb3(t *testing.T) {
	args, opts := []string(nil), []localnet.Option(nil)
	if dirs := spltoken.Dirs(t); len(dirs) > 0 {
		args, opts = []string{"token"}, append(opts, localnet.WithToken(dirs[0]))
	}
	n := localnet.New(t, opts...)
	done := 0
	play(t, func(string) { done++ }, "web3.js", append([]string{n.URL(), n.WSURL(), n.ProgramID().String()}, args...)...)
	require.Equal(t, 3+len(args), done)
}

func TestKit(t *testing.T) {
	n := localnet.New(t, localnet.Empty())
	done := 0
	play(t, func(line string) {
		if line == "warp" {
			n.WarpSlots(200)
			return
		}
		done++
	}, "kit.mjs", n.URL(), n.WSURL())
	require.Equal(t, 3, done)
}
