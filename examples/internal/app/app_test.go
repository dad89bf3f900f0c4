package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mr-tron/base58"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
)

type result struct {
	code     int
	out, err string
}

// typed runs a command line in an environment.
func typed(ctx context.Context, env map[string]string, stdin string, args ...string) result {
	var out, errs bytes.Buffer
	code := testApp().Run(ctx, args, IO{In: strings.NewReader(stdin), Out: &out, Err: &errs, Env: func(k string) string { return env[k] }})
	return result{code, out.String(), errs.String()}
}

func TestCommandLines(t *testing.T) {
	env := map[string]string{"HOME": t.TempDir()}
	for _, c := range []struct {
		line string
		code int
		want string // in either output
	}{
		{"", 2, "commands:"},
		{"--help", 0, "commands:"},
		{"help echo", 0, "usage: decloud-test echo <one> [two] [flags]"},
		{"help rpc", 0, "rpc set"},
		{"help nonsense", 2, "no such command"},
		{"nonsense", 2, "no such command"},
		{"setpu", 2, "no such command (did you mean setup?)"},
		{"complettion bash", 2, "no such command (did you mean completion?)"},
		{"rpc sett", 2, `"sett" is no command here (did you mean set?)`},
		{"echo a --numbr 3", 2, "there is no flag --numbr (did you mean --number?)"},
		{"network devent", 2, "expected localnet, devnet or mainnet (did you mean devnet?)"},
		{"dataset set minst .", 2, `"minst" is not a known data set (did you mean Mnist?)`},
		{"echo -5", 2, "-5: a number here is not negative"},
		{"config --set private_key=abc", 2, "--set private_key: this is no secret key"},
		{"config --add-mapping digits:mnist", 0, "none asks for \"digits\""},
		{"--home x start", 2, "flags come after the command"},
		{"rpc", 2, "needs one of its commands"},
		{"rpc nonsense", 2, `"nonsense" is no command here: rpc needs one of its commands`},
		{"rpc --help", 0, "rpc show"},
		{"setup --help", 0, "--public-gateways true|false"},
		{"setup --help", 0, "--network name"},
		{"rpc set --help", 0, "usage: decloud-test rpc set <url> […] [flags]"},
		{"echo --help", 0, "-n, --number number"},
		{"echo", 2, "echo needs <one> [two]"},
		{"echo a b c", 2, "and got 3 arguments"},
		{"echo a b", 0, "a+b"},
		{"echo a --json b --loud", 0, `"loud": true`},
		{"echo -n 9 a --json", 0, `"number": 9`},
		{"echo --json -- --loud -x", 0, `"--loud"`},
		{"echo a --nope", 2, "there is no flag --nope"},
		{"echo a --number", 2, "--number needs a value"},
		{"echo a --number=x", 2, "--number: expected a value of another kind"},
		{"echo a -n x", 2, "-n: expected a value of another kind"},
		{"echo a --loud=maybe", 2, "--loud"},
		{"config extra", 2, "takes no arguments"},
	} {
		t.Run(c.line, func(t *testing.T) {
			r := typed(t.Context(), env, "", strings.Fields(c.line)...)
			require.Equal(t, c.code, r.code, r.err)
			require.Contains(t, r.out+r.err, c.want)
			if c.code == 2 {
				require.Empty(t, r.out, "what went wrong is no result")
			}
		})
	}
}

func TestInterruption(t *testing.T) {
	for _, cause := range []error{nil, errors.New("interrupt signal received")} { // as signal.NotifyContext gives one
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(cause)
		r := typed(ctx, map[string]string{"HOME": t.TempDir()}, "", "echo", "wait")
		require.Equal(t, 130, r.code)
		require.Equal(t, "decloud-test: stopped\n", r.err)
	}
}

func TestAnInterruptionTellsOfATransactionThatMayHaveLanded(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var errs bytes.Buffer
	c := &Call{App: testApp(), Err: &errs}
	err := fmt.Errorf("transaction 5xyz: %w: %w", chain.ErrUnconfirmed, ctx.Err())
	require.Equal(t, 130, c.exit(ctx, err))
	require.Contains(t, errs.String(), "5xyz")
	require.Zero(t, c.exit(ctx, nil), "what was done in time is done")
}

func TestEveryCommandHasHelp(t *testing.T) {
	var walk func(prefix []string, all []Command)
	walk = func(prefix []string, all []Command) {
		for _, c := range all {
			path := append(append([]string{}, prefix...), c.Name)
			r := typed(t.Context(), nil, "", append(path, "--help")...)
			require.Zero(t, r.code, path)
			require.Contains(t, r.out, c.Summary)
			require.NotEmpty(t, c.Summary)
			walk(path, c.Sub)
		}
	}
	walk(nil, testApp().Commands)
}

// secrets are keys in all the forms in which they could show up.
func secrets(t *testing.T) (text string, forms []string) {
	k, err := chain.NewKeypair()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "id.json")
	require.NoError(t, k.Save(path))
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	var numbers []int
	require.NoError(t, json.Unmarshal(file, &numbers))
	secret := make([]byte, len(numbers))
	for i, n := range numbers {
		secret[i] = byte(n)
	}
	text = base58.Encode(secret)
	return text, []string{text, text[:12], base58.Encode(secret[:32]), strings.TrimSpace(string(file)), string(secret[:32])}
}

// TestNoSecretIsEverShown sets every secret there is, in every way, gets things
// wrong in every way, and looks for any part of one in all that was printed.
func TestNoSecretIsEverShown(t *testing.T) {
	key, forms := secrets(t)
	forms = append(forms, "PinataKeySecret", "PinataSecretSecret", "JWTSecret", "LighthouseSecret", "RPCSecret", "GatewaySecret", "EnvSecret")
	home := t.TempDir()
	env := map[string]string{"HOME": home}
	for _, args := range [][]string{
		{"setup", "--private-key", key, "--pinata-api-key", "PinataKeySecret", "--pinata-secret-key", "PinataSecretSecret", "--pinata-jwt", "JWTSecret",
			"--lighthouse-api-key", "LighthouseSecret", "--custom-rpc", "http://u:RPCSecret@127.0.0.1:1/RPCSecret?api-key=RPCSecret",
			"--gateways", "https://g.example/GatewaySecret"},
		{"config", "--show"},
		{"config", "--json"},
		{"network"},
		{"rpc", "show"},
		{"rpc", "show", "--json"},
		{"balance"},
		{"airdrop", "1"},
		{"config", "--set", "private_key=" + key},
		{"config", "--set", "privat_key=" + key},
		{"config", "--set", key},
		{"config", "--set", "count=" + key},
		{"config", "--set", "network=" + key},
		{"config", "--set", "program_id=" + key},
		{"config", "--set", "keypair_path=" + key},
		{"config", key},
		{key},
		{"setup", "--private-key=" + key, "--nope"},
		{"setup", "--count", key},
		{"setup", "--" + key},
		{"setup", "--keypair-path", key},
		{"rpc", "set", key},
		{"network", key},
		{"dataset", "set", key, key},
		{"dataset", "set", "mnist", key},
		{"dataset", "set", "mnist", "/tmp/" + key},
		{"config", "--add-path", "mnist:" + key},
		{"config", "--add-mapping", "a:" + key},
		{"setup", "--sets", "mnist," + key},
		{"setup", "--gateways", "https://" + key},
		{"echo", "--number", key, "a"},
	} {
		r := typed(t.Context(), env, "", args...)
		for _, form := range forms {
			require.NotContains(t, r.out+r.err, form, "%v", args[0])
		}
	}
	cfg := newSettings().(*settings)
	c := &Call{App: testApp(), Home: filepath.Join(home, ".decloud-test"), Err: &bytes.Buffer{}}
	require.NoError(t, c.Load(cfg))
	require.Equal(t, key, cfg.PrivateKey.Reveal(), "the file keeps what was set")
	require.Equal(t, "JWTSecret", cfg.PinataJWT.Reveal())

	for _, bad := range []string{key[:len(key)-1], key + "1", "[" + key + "]", "0" + key} {
		r := typed(t.Context(), map[string]string{"HOME": home, "DECLOUD_PRIVATE_KEY": bad}, "", "balance")
		require.Equal(t, 1, r.code)
		require.Contains(t, r.err, "DECLOUD_PRIVATE_KEY")
		require.NotContains(t, r.err, key[:12])
	}
}

// What is suggested can be typed as it is: with the program as it was started, and the
// directory that was named.
func TestCommandsToTypeNext(t *testing.T) {
	for _, c := range []struct{ program, home, want string }{
		{"", "", "decloud-test info 0"},
		{"go run ./examples/test", "", "go run ./examples/test info 0"},
		{"./test", "my dir/it's", `./test info 0 --home 'my dir/it'\''s'`},
		{"./test", "~/t1", "./test info 0 --home '~/t1'"},
	} {
		require.Equal(t, c.want, (&Call{App: &App{Name: "decloud-test"}, program: c.program, homeFlag: c.home}).Command("info 0"))
	}
	require.Equal(t, "test upload -p 'my dir' -d 'Dataset(200)'", (&Call{App: &App{Name: "test"}}).Commandf("upload -p %s -d %s", "my dir", "Dataset(200)"))
	for program, want := range map[string]string{
		"/tmp/go-build123/b001/exe/creator": "go run ./examples/test", "./creator": "./creator", "/usr/local/bin/decloud-creator": "decloud-creator", "decloud-creator": "decloud-creator",
	} {
		require.Equal(t, want, invoked(program, "test"))
	}
}
