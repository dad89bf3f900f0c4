package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/run"
)

// unpublished is the CID of a package that nobody has.
const unpublished = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"

const configuration = `[config]
warmup_time = 10
cooldown_time = 5
rounds_per_epoch = 5
max_round_train_time = 60
round_witness_time = 10
min_clients = 2
init_min_clients = 2
global_batch_size_start = 600
global_batch_size_end = 600
total_steps = 100
[model.Head]
package = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"
[model.Head.lr_schedule.Constant]
base_lr = 0.1
[model.Head.optimizer.Sgd]
`

// terminal types commands as somebody with a wallet.
type terminal struct {
	t    *testing.T
	env  map[string]string
	home string
	rpc  string
}

func (m terminal) typed(args ...string) (code int, out, err string) {
	var o, e bytes.Buffer
	args = append(args, "--home", m.home)
	if args[0] != "demo" {
		args = append(args, "--rpc", m.rpc)
	}
	code = App().Run(context.Background(), args, app.IO{In: &bytes.Buffer{}, Out: &o, Err: &e, Env: func(k string) string { return m.env[k] }})
	return code, o.String(), e.String()
}

func (m terminal) ok(args ...string) string {
	m.t.Helper()
	code, out, err := m.typed(args...)
	require.Zero(m.t, code, "%s: %s", args, err)
	return out
}

// What the guide types: create, configure, rates, money, resume, look, close.
func TestAsTheGuideTypesIt(t *testing.T) {
	net := localnet.New(t)
	key, err := chain.NewKeypair()
	require.NoError(t, err)
	require.NoError(t, net.Fund(key.PublicKey(), 10*chain.LamportsPerSOL))
	dir := t.TempDir()
	wallet, file := filepath.Join(dir, "id.json"), filepath.Join(dir, "config.toml")
	require.NoError(t, key.Save(wallet))
	m := terminal{t: t, home: dir, rpc: net.URL(), env: map[string]string{"HOME": dir}}
	var made struct{ Package, Model string }
	require.NoError(t, json.Unmarshal([]byte(m.ok("new-package", "--json")), &made))
	require.NoError(t, os.WriteFile(file, []byte(strings.ReplaceAll(configuration, unpublished, made.Package)), 0o600))
	me := []string{"--run-id", "tiny", "--wallet-private-key-path", wallet}
	with := func(args ...string) []string { return append(args, me...) }

	m.ok("join-authorization-create", "--wallet-private-key-path", wallet)
	require.Contains(t, m.ok(with("create-run", "--description", "digits", "--dry-run")...), "One more would follow, which cannot be tried before that is sent: the run's description.")
	require.NotContains(t, m.ok(with("create-run", "--dry-run")...), "would follow", "without a description")
	m.ok(with("create-run", "--join-authority", key.PublicKey().String(), "--treasurer-sol", "--name", "a name", "--description", "digits", "--client-version", "1")...)
	require.Contains(t, m.ok(with("update-config", "--config-path", file, "--dry-run")...), "One more would follow, which cannot be tried before that is sent: the package's head as the first model.")
	code, _, text := m.typed("show-config", "--run-id", "tiny")
	require.Equal(t, 1, code)
	require.Contains(t, text, "has no configuration yet", "that was a dry run")
	m.ok(with("update-config", "--config-path", file)...)
	require.Contains(t, m.ok("checkpoint", "--run-id", "tiny"), "step 0: "+made.Model, "the package's own head")
	m.ok(with("checkpoint", "--digest", made.Model)...)
	m.ok(with("set-future-epoch-rates", "--earning-rate", "1000", "--slashing-rate", "10")...)
	require.Contains(t, m.ok(with("treasurer-top-up-rewards", "--collateral-amount", "1000000", "--dry-run")...), "Your wallet: -0.001005 SOL, of which fees are 0.000005 SOL at most.")
	m.ok(with("treasurer-top-up-rewards", "--collateral-amount", "1000000")...)
	m.ok(with("set-paused", "--resume")...)
	m.ok("can-join", "--run-id", "tiny", "--address", key.PublicKey().String())
	require.Contains(t, m.ok("list-runs"), "WaitingForMembers")
	shown := m.ok("show-config", "--run-id", "tiny") // without a wallet, as what follows
	require.Contains(t, shown, "warmup_time = 10")
	require.Contains(t, shown, "client_version = '1'", "that of create-run")
	require.Contains(t, m.ok("checkpoint", "--run-id", "tiny"), "step 0: bafybei")
	require.Contains(t, m.ok("join-authorization-read", "--join-authority", key.PublicKey().String()), "run:join")

	var dump struct {
		Instance struct {
			JoinAuthority string `json:"join_authority"`
		} `json:"coordinator_instance"`
		Account struct {
			Status struct {
				State string `json:"state"`
			} `json:"status"`
			Setup struct {
				Config map[string]any `json:"config"`
			} `json:"setup"`
			Epoch struct {
				Rates struct {
					Future map[string]any `json:"future"`
				} `json:"rates"`
			} `json:"epoch"`
		} `json:"coordinator_account"`
		Treasurer map[string]any `json:"treasurer_run"`
	}
	require.NoError(t, json.Unmarshal([]byte(m.ok("json-info-dump", "--run-id", "tiny")), &dump))
	require.Equal(t, key.PublicKey().String(), dump.Instance.JoinAuthority)
	require.Equal(t, run.WaitingForMembers.String(), dump.Account.Status.State)
	require.EqualValues(t, 1_000_000, dump.Treasurer["funded_collateral_amount"])
	require.Equal(t, map[string]any{"earning": 1000., "slashing": 10., "shared": false}, dump.Account.Epoch.Rates.Future)
	for line := range strings.Lines(shown) { // the numbers of the file, as they are on chain
		if field, value, ok := strings.Cut(strings.TrimSpace(line), " = "); ok && dump.Account.Setup.Config[field] != nil {
			require.Equal(t, value, fmt.Sprintf("%.0f", dump.Account.Setup.Config[field]), field)
			delete(dump.Account.Setup.Config, field)
		}
	}
	require.Equal(t, map[string]any{"epoch_time": 0., "voters": 0., "min_stake": 0., "slash_bps": 0., "prune_after": 0.}, dump.Account.Setup.Config, "which the file leaves out")

	require.Contains(t, m.ok(with("tick", "--dry-run")...), "no tick is due now\nDry run of tick: nothing was sent.\nNo transaction would be sent.")
	joins := m.ok(with("train", "--dry-run")...)
	require.Contains(t, joins, "Transaction 1 would succeed")
	require.Contains(t, joins, "created", "the member's account")
	code, _, text = m.typed(with("close-run")...)
	require.Equal(t, 1, code)
	require.Contains(t, text, "InvalidState")
	m.ok(with("set-paused")...)
	code, _, text = m.typed("bond-status", "--run-id", "tiny", "--address", key.PublicKey().String())
	require.Equal(t, 1, code)
	require.Contains(t, text, "no member")
}

func TestUsage(t *testing.T) {
	m := terminal{t: t, home: t.TempDir(), env: map[string]string{}}
	for _, args := range [][]string{
		{"create-run"}, {"set-future-epoch-rates", "--run-id", "x"}, {"treasurer-top-up-rewards", "--run-id", "x"}, {"bond-deposit", "--run-id", "x", "--amount", "1.5"},
		{"join-authorization-read"}, {"checkpoint", "--run-id", "x", "--digest", "y", "--output", "z"}, {"set-future-epoch-rates", "--run-id", "x", "--earning-rate", "10SOL"}, {"set-paused", "--run-id", "x"}, {"update-config", "--run-id", "x"}, {"demo", "--verification", "trust"}, {"can-join", "--run-id", "x", "--address", "y", "--nothing"},
	} {
		code, _, text := m.typed(args...)
		require.Equal(t, 2, code, "%s: %s", args, text)
	}
	for _, c := range App().Commands {
		var out bytes.Buffer
		require.Zero(t, App().Run(t.Context(), []string{c.Name, "--help"}, app.IO{Out: &out, Err: &out, Env: os.Getenv}))
		require.Contains(t, out.String(), c.Name)
		require.NotEmpty(t, c.Long, "%s --help explains nothing", c.Name)
	}
}

// What goes wrong says what to do next, by commands that this app has.
func TestErrorsSayWhatToDo(t *testing.T) {
	net := localnet.New(t)
	key, err := chain.NewKeypair()
	require.NoError(t, err)
	require.NoError(t, net.Fund(key.PublicKey(), chain.LamportsPerSOL))
	dir := t.TempDir()
	wallet, big := filepath.Join(dir, "id.json"), filepath.Join(dir, "big.toml")
	require.NoError(t, key.Save(wallet))
	require.NoError(t, os.WriteFile(big, nil, 0o600))
	require.NoError(t, os.Truncate(big, 1<<40))
	m := terminal{t: t, home: dir, rpc: net.URL(), env: map[string]string{}}
	me := func(args ...string) []string {
		return append(args, "--run-id", "x", "--wallet-private-key-path", wallet)
	}
	m.ok(me("create-run", "--treasurer-sol")...)
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"json-info-dump", "--run-id", "nope"}, `run "nope"`},
		{[]string{"json-info-dump", "--run-id", "nope"}, "decloud-run list-runs"},
		{[]string{"create-run", "--run-id", "y", "--wallet-private-key-path", filepath.Join(dir, "none.json")}, "decloud-run keygen"},
		{me("treasurer-top-up-rewards", "--collateral-amount", "18446744073709551615"), "decloud-run airdrop"},
		{me("bond-deposit", "--amount", "5"), "no member of run x: train joins it"},
		{me("bond-withdraw-request"), "no member of run x"},
		{me("update-config", "--config-path", big), "at most 65536"},
		{me("update-config", "--config-path", "/dev/zero"), "not a regular file"},
		{me("update-config", "--config-path", dir), "directory"},
	} {
		code, out, text := m.typed(c.args...)
		require.NotZero(t, code, c.args)
		require.Empty(t, out)
		require.Contains(t, text, c.says)
		for line := range strings.Lines(text) {
			if _, command, ok := strings.Cut(line, ": decloud-run "); ok {
				requireCommand(t, strings.FieldsFunc(command, func(r rune) bool { return r == ' ' || r == ',' || r == '\n' })[0])
			}
		}
	}
}

func requireCommand(t *testing.T, name string) {
	t.Helper()
	for _, c := range App().Commands {
		if c.Name == name {
			return
		}
	}
	require.Fail(t, "there is no command "+name)
}

// Who sets a configuration with which one member can ruin the model is warned.
func TestUnboundedConfiguration(t *testing.T) {
	net := localnet.New(t)
	key, err := chain.NewKeypair()
	require.NoError(t, err)
	require.NoError(t, net.Fund(key.PublicKey(), chain.LamportsPerSOL))
	dir := t.TempDir()
	wallet, file := filepath.Join(dir, "id.json"), filepath.Join(dir, "config.toml")
	require.NoError(t, key.Save(wallet))
	m := terminal{t: t, home: dir, rpc: net.URL(), env: map[string]string{}}
	me := []string{"--run-id", "x", "--wallet-private-key-path", wallet}
	m.ok(append([]string{"create-run"}, me...)...)
	for text, warns := range map[string]bool{
		configuration: true,
		strings.Replace(configuration, "[config]", "[config]\nmax_norm = 4.0", 1): false,
		configuration + "[model.Head.aggregator]\nmethod = \"median\"\n":          false,
		configuration + "[model.Head.aggregator]\nclip_norm = 1.0\n":              false,
	} {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		_, _, said := m.typed(append([]string{"update-config", "--config-path", file}, me...)...) // nobody has the package
		require.Equal(t, warns, strings.Contains(said, "set max_norm"), said)
	}
}

// Where somebody can freeze the tokens of a run, that is said; also of a mint that
// there is not.
func TestFreezingIsWarnedOf(t *testing.T) {
	key, err := chain.NewKeypair()
	require.NoError(t, err)
	require.Contains(t, freezing(&chain.Mint{FreezeAuthority: key.PublicKey()}), key.PublicKey().String())
	require.Empty(t, freezing(&chain.Mint{Authority: key.PublicKey()}))

	net := localnet.New(t)
	require.NoError(t, net.Fund(key.PublicKey(), chain.LamportsPerSOL))
	dir := t.TempDir()
	wallet := filepath.Join(dir, "id.json")
	require.NoError(t, key.Save(wallet))
	m := terminal{t: t, home: dir, rpc: net.URL(), env: map[string]string{}}
	code, _, text := m.typed("create-run", "--run-id", "x", "--treasurer-collateral-mint", key.PublicKey().String(), "--wallet-private-key-path", wallet)
	require.Equal(t, 1, code)
	require.Contains(t, text, "the run's mint")
}
