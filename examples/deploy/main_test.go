package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/surfpool"
	"github.com/decloud-sdk/decloud-go/round"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a directory with a wallet, and a chain.
type world struct {
	dir    string
	url    string
	wallet *chain.Keypair
}

func (w world) path(name string) string { return filepath.Join(w.dir, name) }

func (w world) key(t *testing.T, name string) *chain.Keypair {
	t.Helper()
	k, err := chain.NewKeypair()
	require.NoError(t, err)
	require.NoError(t, k.Save(w.path(name)))
	return k
}

// run runs the command as its user would.
func (w world) run(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, problems bytes.Buffer
	code = run(t.Context(), append([]string{"--url", w.url, "--keypair", w.path("wallet.json")}, args...), &out, &problems)
	return code, out.String(), problems.String()
}

func (w world) ok(t *testing.T, args ...string) string {
	t.Helper()
	code, stdout, stderr := w.run(t, args...)
	require.Zero(t, code, "%s\n%s", stdout, stderr)
	return stdout
}

func TestFromNothingToHandedOver(t *testing.T) {
	rounds := surfpool.Start(t)
	w := world{dir: t.TempDir(), url: rounds.RPC}
	w.wallet = w.key(t, "wallet.json")
	next := w.key(t, "next.json")

	code, _, stderr := w.run(t, "--program-keypair", w.path("program.json"))
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "made "+w.path("program.json"))
	require.Contains(t, stderr, "too little SOL")
	program, err := chain.LoadKeypair(w.path("program.json"))
	require.NoError(t, err)

	rounds.Fund(t, w.wallet.PublicKey(), 2*solana.LAMPORTS_PER_SOL)
	require.Regexp(t, `action +deploy`, w.ok(t, "plan", "--program-keypair", w.path("program.json")))
	code, _, stderr = w.run(t, "status", "--program", program.PublicKey().String())
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "no such account")

	stdout := w.ok(t, "--program-keypair", w.path("program.json"), "--treasury", next.PublicKey().String())
	require.Contains(t, stdout, "the round program of this SDK, byte for byte")
	require.Contains(t, stdout, "upgradeable  by "+w.wallet.PublicKey().String())
	require.Contains(t, stdout, "treasury     "+next.PublicKey().String())
	stdout = w.ok(t, "--program", program.PublicKey().String())
	require.Regexp(t, `action +nothing`, stdout)
	require.Contains(t, w.ok(t, "reclaim", "--program", program.PublicKey().String()), "there are no buffers")

	elf := w.path("other.so")
	require.NoError(t, os.WriteFile(elf, append(round.Program(), 1), 0o600))
	stdout = w.ok(t, "up", "--program", program.PublicKey().String(), "--elf", elf)
	require.Regexp(t, `action +upgrade`, stdout)
	require.Contains(t, stdout, "other code than this SDK's")
	require.Contains(t, stdout, "initialized  yes")

	require.Contains(t, w.ok(t, "give", "--program", program.PublicKey().String(), "--to-keypair", w.path("next.json")), next.PublicKey().String())
	code, _, stderr = w.run(t, "--program", program.PublicKey().String())
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "the upgrade authority of")
	code, _, stderr = w.run(t, "make-immutable", "--program", program.PublicKey().String(), "--yes")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "IncorrectAuthority")
}

func TestReclaimsWhatWasInterrupted(t *testing.T) {
	rounds := surfpool.Start(t)
	w := world{dir: t.TempDir(), url: rounds.RPC}
	w.wallet = w.key(t, "wallet.json")
	program := w.key(t, "program.json")
	rounds.Fund(t, w.wallet.PublicKey(), 2*solana.LAMPORTS_PER_SOL)

	ctx, stop := context.WithCancel(t.Context())
	stderr := writer(func(text string) {
		if strings.Contains(text, "bytes are on the chain") {
			stop()
		}
	})
	var stdout bytes.Buffer
	args := []string{"--url", w.url, "--keypair", w.path("wallet.json"), "--program-keypair", w.path("program.json")}
	require.Equal(t, 130, run(ctx, args, &stdout, stderr))
	require.Contains(t, w.ok(t, "reclaim", "--program", program.PublicKey().String()), "are back")
}

type writer func(string)

func (w writer) Write(p []byte) (int, error) {
	w(string(p))
	return len(p), nil
}

func TestArguments(t *testing.T) {
	w := world{dir: t.TempDir(), url: "http://127.0.0.1:1"}
	address := solana.NewWallet().PublicKey().String()
	for name, test := range map[string]struct {
		args []string
		says string
	}{
		"no program":            {nil, "say which program"},
		"two programs":          {[]string{"--program", address, "--program-keypair", "x"}, "say which program"},
		"bad address":           {[]string{"--program", "0OIl"}, "invalid value"},
		"unknown command":       {[]string{"--program", address, "down"}, `no command "down"`},
		"two commands":          {[]string{"--program", address, "up", "up"}, "unexpected argument"},
		"give to nobody":        {[]string{"--program", address, "give"}, "say who gets the program"},
		"immutable by accident": {[]string{"--program", address, "make-immutable"}, "--yes"},
		"negative":              {[]string{"--program", address, "--room", "-1"}, "negative"},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, stderr := w.run(t, test.args...)
			require.Equal(t, 2, code)
			require.Contains(t, stderr, test.says)
		})
	}
	code, _, stderr := w.run(t, "--help")
	require.Zero(t, code)
	require.Contains(t, stderr, "usage: deploy")
	code, _, stderr = w.run(t, "--program", address)
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "wallet.json: no such file")
}

func TestNodesAndFeeOfTheFlags(t *testing.T) {
	for _, c := range []struct {
		args []string
		want chain.Config
	}{
		{nil, chain.Config{Network: chain.Network{Name: "deploy", RPC: "http://127.0.0.1:8899"}}},
		{[]string{"--url", "https://a.com", "--priority-fee", "7"}, chain.Config{Network: chain.Network{Name: "deploy", RPC: "https://a.com"}, PriorityFee: 7}},
		{[]string{"--url", "https://a.com", "--url", "https://b.com", "--priority-fee", "auto"}, chain.Config{Network: chain.Network{Name: "deploy", RPC: "https://a.com"},
			Fallbacks: []chain.Node{{RPC: "https://b.com"}}, MaxPriorityFee: 1_000_000}},
	} {
		o, err := parse(append(c.args, "--program", round.LocalProgram.String(), "status"), io.Discard)
		require.NoError(t, err)
		got, err := o.config()
		require.NoError(t, err)
		require.Equal(t, c.want, got)
	}
	_, err := parse([]string{"--priority-fee", "much", "--program", round.LocalProgram.String(), "status"}, io.Discard)
	require.Error(t, err)
}
