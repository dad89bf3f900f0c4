package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/localnet"
)

// newTerminal is somebody with a wallet of 10 SOL, on a chain of their own.
func newTerminal(t *testing.T, net *localnet.Network) (m terminal, wallet string) {
	key, err := chain.NewKeypair()
	require.NoError(t, err)
	require.NoError(t, net.Fund(key.PublicKey(), 10*chain.LamportsPerSOL))
	dir := t.TempDir()
	require.NoError(t, key.Save(filepath.Join(dir, "id.json")))
	return terminal{t: t, home: dir, rpc: net.URL(), env: map[string]string{"HOME": dir}}, filepath.Join(dir, "id.json")
}

// file writes a configuration about a package.
func (m terminal) file(pkg string) string {
	path := filepath.Join(m.home, "config.toml")
	require.NoError(m.t, os.WriteFile(path, []byte(strings.ReplaceAll(configuration, unpublished, pkg)), 0o600))
	return path
}

type made struct{ Package, Model string }

func (m terminal) newPackage(args ...string) (out made) {
	m.t.Helper()
	require.NoError(m.t, json.Unmarshal([]byte(m.ok(append([]string{"new-package", "--json"}, args...)...)), &out))
	return out
}

// Psyche's guide goes from create-run over update-config to set-paused: it has no
// command for the first model. A package that nobody can read is refused before
// anything is set, and so is a checkpoint that members could not go on from.
func TestConfigurationAndModelAreChecked(t *testing.T) {
	m, wallet := newTerminal(t, localnet.New(t))
	with := func(args ...string) []string {
		return append(args, "--run-id", "tiny", "--wallet-private-key-path", wallet)
	}
	refused := func(says string, args ...string) {
		t.Helper()
		code, _, text := m.typed(with(args...)...)
		require.Equal(t, 1, code, args)
		require.Contains(t, text, says)
	}
	pkg, other := m.newPackage(), m.newPackage("--hidden", "8")
	m.ok(with("create-run")...)
	refused("has no configuration yet", "checkpoint", "--digest", pkg.Model)
	refused("model.Head.package", "update-config", "--config-path", m.file(unpublished))
	refused("model.Head.package", "update-config", "--config-path", m.file(pkg.Model)) // no package

	m.ok(with("update-config", "--config-path", m.file(pkg.Package))...)
	refused("that is the package", "checkpoint", "--digest", pkg.Package)
	refused("no model of the run's package", "checkpoint", "--digest", other.Model)
	refused("--digest "+unpublished, "checkpoint", "--digest", unpublished)
	require.Contains(t, m.ok("checkpoint", "--run-id", "tiny"), pkg.Model)
	m.ok(with("update-config", "--config-path", m.file(other.Package))...)
	require.Contains(t, m.ok("checkpoint", "--run-id", "tiny"), other.Model, "that of the package as it is now")
	m.ok(with("set-paused", "--resume")...)
}

// What Psyche's scripts type besides.
func TestPsychesOtherFlags(t *testing.T) {
	net := localnet.New(t)
	m, wallet := newTerminal(t, net)
	user, userWallet := newTerminal(t, net)
	address := func(wallet string) string {
		key, err := chain.LoadKeypair(wallet)
		require.NoError(t, err)
		return key.PublicKey().String()
	}
	with := func(args ...string) []string {
		return append(args, "--run-id", "tiny", "--wallet-private-key-path", wallet)
	}
	m.ok(with("create-run", "--name", "before")...)
	m.ok(with("update-config", "--config-path", m.file(m.newPackage().Package), "--num-parameters", "1100000000", "--vocab-size", "32768")...)
	m.ok(with("update-config", "--description", "after")...)
	dump := m.ok("json-dump-run", "--run-id", "tiny")
	for _, want := range []string{`"name": "before"`, `"description": "after"`, `"num_parameters": 1100000000`, `"vocab_size": 32768`} {
		require.Contains(t, dump, want)
	}
	code, _, text := m.typed(with("update-config")...)
	require.Equal(t, 2, code, text)

	delegate := func(args ...string) string {
		return user.ok(append([]string{"join-authorization-delegate", "--join-authority", address(wallet), "--wallet-private-key-path", userWallet}, args...)...)
	}
	m.ok("join-authorization-create", "--authorizer", address(userWallet), "--wallet-private-key-path", wallet)
	a, b, c := newAddress(t), newAddress(t), newAddress(t)
	delegates := func() (all []string) {
		var read []struct{ Delegates []string }
		out := m.ok("join-authorization-read", "--join-authority", address(wallet), "--authorizer", address(userWallet), "--json")
		require.NoError(t, json.Unmarshal([]byte(out), &read))
		require.Len(t, read, 1)
		return read[0].Delegates
	}
	delegate(a)
	delegate("--delegates-added", b, c)
	require.Equal(t, []string{a, b, c}, delegates())
	delegate("--delegates-clear", "--delegates-added", c)
	require.Equal(t, []string{c}, delegates())
	delegate(b)
	require.Equal(t, []string{b}, delegates())
	m.ok(with("set-paused", "--resume")...)
	m.ok("can-join", "--run-id", "tiny", "--wallet", b, "--authorizer", address(userWallet))
}

func newAddress(t *testing.T) string {
	key, err := chain.NewKeypair()
	require.NoError(t, err)
	return key.PublicKey().String()
}

// Every --json has keys like Psyche's, or addresses; CIDs are strings; and no dump of a
// wallet fails because it is no member.
func TestKeysOfJSON(t *testing.T) {
	m, wallet := newTerminal(t, localnet.New(t))
	key := regexp.MustCompile(`^([a-z][a-z0-9_]*|[1-9A-HJ-NP-Za-km-z]{32,44}|Head|Sgd|Constant)$`)
	var check func(v any)
	check = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, v := range v {
				require.Regexp(t, key, k)
				check(v)
			}
		case []any:
			for _, v := range v {
				check(v)
			}
		}
	}
	stranger := newAddress(t)
	as := []string{"--run-id", "tiny", "--wallet-private-key-path", wallet}
	typed := func(args ...string) (v any) {
		require.NoError(t, json.Unmarshal([]byte(m.ok(append(append(args, as...), "--json")...)), &v), args)
		check(v)
		return v
	}
	pkg := m.newPackage()
	typed("create-run", "--treasurer-sol")
	typed("update-config", "--config-path", m.file(pkg.Package))
	typed("join-authorization-create")
	authority, err := chain.LoadKeypair(wallet)
	require.NoError(t, err)
	typed("join-authorization-read", "--join-authority", authority.PublicKey().String())
	typed("treasurer-top-up-rewards", "--collateral-amount", "5")
	typed("set-paused", "--resume")
	typed("list-runs")
	shown := typed("show-config").(map[string]any)
	require.Equal(t, 10., shown["config"].(map[string]any)["warmup_time"])
	require.Equal(t, pkg.Model, typed("checkpoint").(map[string]any)["model"])
	dump := typed("json-dump-run").(map[string]any)
	treasurer := dump["treasurer_run"].(map[string]any)
	require.Equal(t, 5., treasurer["total_surplus_collateral_amount"])
	require.Nil(t, treasurer["estimated_funded_epochs_count"], "nothing is paid: for ever")
	require.Equal(t, map[string]any{"alive": map[string]any{}, "exited": map[string]any{}}, dump["coordinator_account"].(map[string]any)["epoch"].(map[string]any)["clients"])
	user := typed("json-dump-user", "--address", stranger).(map[string]any)
	require.Equal(t, map[string]any{"client": nil, "epoch_alive": nil, "epoch_exited": nil}, user["coordinator_account"])
}

// A tick on a run that nothing moves would be waited for in vain.
func TestTickOfAHaltedRun(t *testing.T) {
	m, wallet := newTerminal(t, localnet.New(t))
	m.ok("create-run", "--run-id", "tiny", "--wallet-private-key-path", wallet)
	code, _, text := m.typed("tick", "--count", "1", "--run-id", "tiny", "--wallet-private-key-path", wallet)
	require.Equal(t, 1, code)
	require.Contains(t, text, "set-paused --resume")
}

// Hints name commands and flags that this app has.
func TestHints(t *testing.T) {
	m, wallet := newTerminal(t, localnet.New(t))
	for _, tt := range []struct{ name, says string }{
		{"run", "decloud-run list-runs"}, {"node", "--rpc URL"}, {"key", "decloud-run keygen"},
	} {
		args := []string{"json-dump-run", "--run-id", "none"}
		m := m
		switch tt.name {
		case "node":
			m.rpc = "http://127.0.0.1:1"
		case "key":
			args = []string{"set-paused", "--run-id", "none", "--wallet-private-key-path", wallet + ".not"}
		}
		code, _, text := m.typed(args...)
		require.Equal(t, 1, code)
		require.Contains(t, text, tt.says)
	}
}
