package app

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
)

// saved are the settings in a home.
func saved(t *testing.T, home string) *settings {
	t.Helper()
	cfg := newSettings().(*settings)
	require.NoError(t, (&Call{App: testApp(), Home: filepath.Join(home, ".decloud-test"), Err: io.Discard}).Load(cfg))
	return cfg
}

func TestSetupAsks(t *testing.T) {
	home := t.TempDir()
	env := map[string]string{"HOME": home}
	answers := []string{
		"nonsense", "devent", "2", elsewhere, // network (twice wrong), program_id
		"9", "new", // wallet (wrong once)
		"3", "pk", "ps", // storage: Pinata, its two keys
		"mnist,nonsense", "99", "mnist,1", // data sets (twice wrong)
	}
	r := typed(t.Context(), env, strings.Join(answers, "\n")+"\n", "setup")
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.err, "expected a number from 1 to 4, or one of localnet, devnet, mainnet, own (did you mean devnet?)")
	cfg := saved(t, home)
	require.Equal(t, "devnet", cfg.Network)
	require.Equal(t, elsewhere, cfg.ProgramID)
	require.Equal(t, "ps", cfg.PinataSecretKey.Reveal())
	require.Equal(t, Names{"mnist", "Cifar10"}, cfg.Sets)
	key, err := chain.LoadKeypair(cfg.KeypairPath)
	require.NoError(t, err)
	require.Contains(t, r.err, key.PublicKey().String())

	again := typed(t.Context(), env, strings.Repeat("\n", 9), "setup")
	require.Zero(t, again.code, again.err)
	before, err := encode(cfg) // with the secrets in it
	require.NoError(t, err)
	after, err := encode(saved(t, home))
	require.NoError(t, err)
	require.JSONEq(t, string(before), string(after), "Enter keeps what was there")
}

func TestSetupNeedsAnswersOrFlags(t *testing.T) {
	home := t.TempDir()
	env := map[string]string{"HOME": home}
	r := typed(t.Context(), env, "localnet\n", "setup")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.err, "give the settings as flags")
	_, err := os.Stat(filepath.Join(home, ".decloud-test", configFile))
	require.ErrorIs(t, err, os.ErrNotExist, "nothing was saved")

	require.Zero(t, typed(t.Context(), env, "", "setup", "--network", "localnet", "--count", "7").code)
	require.Equal(t, 7, saved(t, home).Count)
	require.Equal(t, 2, typed(t.Context(), env, "", "setup", "--count", "99").code)
	require.Equal(t, 1, typed(t.Context(), env, "", "setup", "--network", "mainnet").code)
	require.Equal(t, localnet, saved(t, home).Network)
}

func TestKeysFromStandardInput(t *testing.T) {
	home := t.TempDir()
	key, _ := secrets(t)
	r := typed(t.Context(), map[string]string{"HOME": home}, key+"\nthe-jwt\n", "setup", "--private-key", "-", "--pinata-jwt", "-")
	require.Zero(t, r.code, r.err)
	cfg := saved(t, home)
	require.Equal(t, key, cfg.PrivateKey.Reveal())
	require.Equal(t, "the-jwt", cfg.PinataJWT.Reveal())
}

func TestANewWalletReplacesNone(t *testing.T) {
	home := t.TempDir()
	env := map[string]string{"HOME": home}
	require.Zero(t, typed(t.Context(), env, "", "setup", "--new-wallet").code)
	path := saved(t, home).KeypairPath
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	r := typed(t.Context(), env, "", "setup", "--new-wallet")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.err, "there is a wallet in "+path)
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, before, after)

	require.NoError(t, os.Chmod(path, 0o644))
	r = typed(t.Context(), env, "", "balance")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.err, "chmod 600 "+path)
}

func TestSetupCanBeInterrupted(t *testing.T) {
	in, answers := io.Pipe()
	defer answers.Close()
	ctx, cancel := context.WithCancel(t.Context())
	code := make(chan int, 1)
	go func() {
		code <- testApp().Run(ctx, []string{"setup"}, IO{In: in, Out: io.Discard, Err: io.Discard, Env: func(string) string { return "/nonexistent" }})
	}()
	_, err := answers.Write([]byte("localnet\n"))
	require.NoError(t, err)
	cancel()
	select {
	case c := <-code:
		require.Equal(t, 130, c)
	case <-time.After(time.Minute):
		t.Fatal("it waits for an answer for ever")
	}
}

func TestConfigChangesSettings(t *testing.T) {
	home := t.TempDir()
	env := map[string]string{"HOME": home}
	r := typed(t.Context(), env, "", "config", "--set", "count=5", "--set", "reward=0.01", "--add-mapping", "Custom:cifar10", "--add-path", "CIFAR10:/data/c")
	require.Zero(t, r.code, r.err)
	cfg := saved(t, home)
	require.Equal(t, 5, cfg.Count)
	require.EqualValues(t, 10_000_000, cfg.Reward)
	require.Equal(t, map[string]string{"custom": "cifar10"}, cfg.DatasetMappings)
	require.Equal(t, map[string]string{"Cifar10": "/data/c"}, cfg.DatasetPaths)

	t.Chdir(home)
	r = typed(t.Context(), env, "", "config", "--add-path", "Cifar10:my/map")
	require.Contains(t, r.out, "Cifar10:"+filepath.Join(home, "my/map")+"\n", "all of it is shown, and from where it was set")
	require.Zero(t, typed(t.Context(), env, "", "config", "--add-path", "CIFAR10:/data/c").code)

	for _, bad := range [][]string{{"--set", "count"}, {"--set", "count=0"}, {"--set", "coun=1"}, {"--add-mapping", "x"}, {"--add-mapping", "x:nonsense"}, {"--add-path", "mnist"}, {"--add-path", "nonsense:/x"}} {
		r := typed(t.Context(), env, "", append([]string{"config"}, bad...)...)
		require.Equal(t, 2, r.code, bad)
		require.Equal(t, cfg, saved(t, home), "nothing changes")
	}
	require.Contains(t, typed(t.Context(), env, "", "config", "--set", "coun=1").err, "(did you mean count?)")

	require.Zero(t, typed(t.Context(), env, "", "config", "--reset").code)
	require.Equal(t, newSettings().(*settings).Count, saved(t, home).Count)
	kept, err := filepath.Glob(filepath.Join(home, ".decloud-test", configFile+".old-*"))
	require.NoError(t, err)
	require.Len(t, kept, 1, "keys are not lost by a reset")
	info, err := os.Stat(kept[0])
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestResetMendsBrokenSettings(t *testing.T) {
	home := t.TempDir()
	c := &Call{Home: filepath.Join(home, ".decloud-test")}
	put(t, c, "{broken", 0o600)
	env := map[string]string{"HOME": home}
	r := typed(t.Context(), env, "", "config")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.err, "config --reset")
	require.Zero(t, typed(t.Context(), env, "", "config", "--reset").code)
	require.Zero(t, typed(t.Context(), env, "", "config").code)
}
