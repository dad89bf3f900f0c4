package cli

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/localnet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// It serves what it says, says so when there is no chain, and stops in order with a page open.
func TestServes(t *testing.T) {
	n := localnet.New(t)
	for name, rpc := range map[string]string{"a chain": n.URL(), "no chain": "http://127.0.0.1:1"} {
		t.Run(name, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			in, out := io.Pipe()
			var stderr bytes.Buffer
			done := make(chan int, 1)
			go func() {
				done <- Run(ctx, []string{"--rpc", rpc, "--ws", n.WSURL(), "--listen", "127.0.0.1:0", "--program-id", n.ProgramID().String()}, out, &stderr)
			}()
			line := make([]byte, 200)
			size, err := in.Read(line)
			require.NoError(t, err)
			url := strings.TrimSpace(string(line[:size]))
			live, err := http.Get(url + "api/live")
			require.NoError(t, err)
			defer live.Body.Close()
			resp, err := http.Get(url + "api/overview")
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			if name == "a chain" {
				require.Equal(t, http.StatusOK, resp.StatusCode)
			} else {
				require.Equal(t, http.StatusBadGateway, resp.StatusCode)
			}
			stop()
			require.Zero(t, <-done, stderr.String())
			require.Contains(t, stderr.String(), "Shows what happens on localnet.")
			if name != "a chain" {
				require.Contains(t, stderr.String(), "does not answer yet")
			}
			http.DefaultClient.CloseIdleConnections()
		})
	}
}

func TestWrongArguments(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"--network testnet", "none of localnet, devnet, mainnet"},
		{"--network devnet", "--program-id or --run-program-id"},
		{"--program-id 0x12", "no address"},
		{"--program-id none --run-program-id none", "name the program"},
		{"--poll 1ms", "less than 100ms"},
		{"--rpc ftp://x", "http:// or https://"},
		{"now", "unexpected argument"},
		{"--nope", "not defined"},
	} {
		var stderr bytes.Buffer
		require.Equal(t, 2, Run(t.Context(), strings.Fields(c.args), io.Discard, &stderr), c.args)
		require.Contains(t, stderr.String(), c.want)
		require.Contains(t, stderr.String(), "explorer --help")
	}
	var help bytes.Buffer
	require.Zero(t, Run(t.Context(), []string{"--help"}, io.Discard, &help))
	require.Contains(t, help.String(), "-listen")
}
