package cli

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/gagliardetto/solana-go/rpc/ws"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// until is a writer that reports when a text was written.
type until struct {
	bytes.Buffer
	text  string
	found chan struct{}
}

func (u *until) Write(p []byte) (int, error) {
	n, err := u.Buffer.Write(p)
	if u.text != "" && bytes.Contains(u.Bytes(), []byte(u.text)) {
		u.text = ""
		close(u.found)
	}
	return n, err
}

func TestServesUntilItIsStopped(t *testing.T) {
	key := solana.NewWallet().PublicKey()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out := &until{text: "Ctrl-C stops it", found: make(chan struct{})}
	var stderr bytes.Buffer
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, []string{"--rpc-port", "0", "--ws-port", "0", "--fund", key.String() + "=1.5"}, out, &stderr)
	}()
	select {
	case <-out.found:
	case c := <-code:
		t.Fatalf("exit code %d: %s", c, stderr.String())
	case <-time.After(20 * time.Second):
		t.Fatal("it does not start")
	}
	text := out.String()
	require.Contains(t, text, "DCLDgP6xHuVmcKuGvAzKEkrbSYHApp9568JhVoXsF2Hh (decloud, initialized)")

	client := rpc.New(regexp.MustCompile(`http://\S+`).FindString(text))
	defer client.Close()
	balance, err := client.GetBalance(ctx, key, rpc.CommitmentConfirmed)
	require.NoError(t, err)
	require.Equal(t, uint64(1_500_000_000), balance.Value)
	_, err = client.RequestAirdrop(ctx, key, 1, "")
	require.NoError(t, err)
	socket, err := ws.Connect(ctx, regexp.MustCompile(`ws://\S+`).FindString(text))
	require.NoError(t, err)
	defer socket.Close()

	stop()
	select {
	case c := <-code:
		require.Zero(t, c, stderr.String())
	case <-time.After(20 * time.Second):
		t.Fatal("it does not stop")
	}
	require.Contains(t, out.String(), "stopping")
	require.Empty(t, stderr.String())
}

func TestArguments(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer busy.Close()
	port := fmt.Sprint(busy.Addr().(*net.TCPAddr).Port)
	key := solana.NewWallet().PublicKey().String()
	text := filepath.Join(t.TempDir(), "text")
	require.NoError(t, os.WriteFile(text, []byte("no ELF"), 0o600))

	for _, c := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"help", []string{"--help"}, 0, "-rpc-port"},
		{"unknown flag", []string{"--nope"}, 2, "nope"},
		{"argument", []string{"nope"}, 2, "--help lists the flags"},
		{"port that is none", []string{"--rpc-port", "x"}, 2, "rpc-port"},
		{"port out of range", []string{"--rpc-port", "70000"}, 1, "a port is a number"},
		{"busy port", []string{"--rpc-port", port, "--ws-port", "0"}, 1, "choose other ports"},
		{"fund without amount", []string{"--fund", key}, 2, "address=value"},
		{"fund nobody", []string{"--fund", "x=1"}, 2, "not an address"},
		{"fund nothing", []string{"--fund", key + "=0"}, 2, "more than 0 SOL"},
		{"fund not a number", []string{"--fund", key + "=NaN"}, 2, "an amount of SOL is"},
		{"fund dust", []string{"--rpc-port", "0", "--ws-port", "0", "--fund", key + "=0.000000001"}, 1, "rent"},
		{"program without file", []string{"--program", key + "=" + text + "x"}, 2, "no such file"},
		{"pair without file", []string{"--bpf-program", key}, 2, "ADDRESS FILE"},
		{"pair with another flag", []string{"--bpf-program", key, "--empty"}, 2, "ADDRESS FILE"},
		{"pair of nobody", []string{"--bpf-program", "x", text}, 2, "nor a file with a keypair"},
		{"pair that is none", []string{"--rpc-port", "0", "--ws-port", "0", "--bpf-program", key, text}, 1, key},
		{"account of a pair", []string{"--account", key, text}, 2, "solana account"},
		{"help of pairs", []string{"--help"}, 0, "-bpf-program address file"},
		{"token programs that are missing", []string{"--rpc-port", "0", "--ws-port", "0", "--token", t.TempDir()}, 1, "solana program dump"},
		{"account without file", []string{"--account", text + "x"}, 2, "no such file"},
		{"account that is none", []string{"--account", text}, 2, "solana account"},
		{"little history", []string{"--history", "5"}, 1, "at least 1000"},
		{"ledger that is a file", []string{"--ledger", text}, 1, text},
		{"program that is none", []string{"--rpc-port", "0", "--ws-port", "0", "--program", key + "=" + text}, 1, key},
	} {
		t.Run(c.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			require.Equal(t, c.code, run(t.Context(), c.args, &stdout, &stderr), stderr.String())
			require.Contains(t, stderr.String(), c.want)
		})
	}
}
