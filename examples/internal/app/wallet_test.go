package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/keyfile"
)

// fakeConsole is a terminal on which these lines are typed where nothing is echoed.
type fakeConsole struct {
	columns int
	lines   []string
	prompts []string
}

func (f *fakeConsole) Size() (columns, rows int) { return f.columns, 24 }

func (f *fakeConsole) ReadSecret(prompt string, _ <-chan struct{}) (string, error) {
	f.prompts = append(f.prompts, prompt)
	if len(f.lines) == 0 {
		return "", errNoTerminal
	}
	line := f.lines[0]
	f.lines = f.lines[1:]
	return line, nil
}

// at runs a command line at a terminal.
func at(t *testing.T, tty *fakeConsole, env map[string]string, stdin string, args ...string) result {
	var out, errs bytes.Buffer
	code := testApp().Run(t.Context(), args, IO{In: strings.NewReader(stdin), Out: &out, Err: &errs, Env: func(k string) string { return env[k] }, Console: tty})
	return result{code, out.String(), errs.String()}
}

const phrase, wrong = "correct horse battery", "incorrect horse battery"

func TestWalletUnderAPassphrase(t *testing.T) {
	home := t.TempDir()
	env := map[string]string{"HOME": home}
	dir := filepath.Join(home, ".decloud-test")
	plain, locked := filepath.Join(dir, "id.json"), filepath.Join(dir, "id.json.age")
	require.Zero(t, typed(t.Context(), env, "", "setup", "--new-wallet").code)
	key, err := chain.LoadKeypair(plain)
	require.NoError(t, err)
	text, err := os.ReadFile(plain)
	require.NoError(t, err)

	r := typed(t.Context(), env, "", "wallet", "encrypt")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.err, "DECLOUD_PASSPHRASE")
	require.NoFileExists(t, locked)
	r = at(t, &fakeConsole{lines: []string{phrase, wrong}}, env, "", "wallet", "encrypt")
	require.Contains(t, r.err, "are not the same")
	require.NoFileExists(t, locked)

	tty := &fakeConsole{lines: []string{phrase, phrase}}
	r = at(t, tty, env, "", "wallet", "encrypt")
	require.Zero(t, r.code, r.err)
	require.NotContains(t, r.out+r.err+strings.Join(tty.prompts, ""), phrase)
	require.Equal(t, locked, saved(t, home).KeypairPath)
	info, err := os.Stat(locked)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.NoError(t, os.Remove(plain))

	unlocks(t, home, key.PublicKey().String())

	env["DECLOUD_PASSPHRASE"] = phrase
	require.Contains(t, typed(t.Context(), env, "", "wallet", "encrypt").err, "under a passphrase already")
	r = typed(t.Context(), env, "", "wallet", "decrypt")
	require.Zero(t, r.code, r.err)
	back, err := os.ReadFile(plain)
	require.NoError(t, err)
	require.Equal(t, text, back)
	require.Equal(t, plain, saved(t, home).KeypairPath)
	require.Contains(t, typed(t.Context(), env, "", "wallet", "decrypt").err, "not under a passphrase")
}

// unlocks tries the ways to a passphrase.
func unlocks(t *testing.T, home, wallet string) {
	file := filepath.Join(home, "pass")
	require.NoError(t, os.WriteFile(file, []byte(phrase+"\n"), 0o600))
	loose := filepath.Join(home, "loose")
	require.NoError(t, os.WriteFile(loose, []byte(phrase+"\n"), 0o644))
	for name, c := range map[string]struct {
		typed string // at the terminal; "": nobody is there
		more  [2]string
		code  int
		text  string
	}{
		"nobody there":           {"", [2]string{}, 1, "DECLOUD_PASSPHRASE_FILE to a file"},
		"typed":                  {phrase, [2]string{}, 0, wallet},
		"mistyped":               {wrong, [2]string{}, 1, "the passphrase is wrong"},
		"by the environment":     {"", [2]string{"DECLOUD_PASSPHRASE", phrase}, 0, wallet},
		"by a file":              {"", [2]string{"DECLOUD_PASSPHRASE_FILE", file}, 0, wallet},
		"a file that is missing": {"", [2]string{"DECLOUD_PASSPHRASE_FILE", file + "x"}, 1, "DECLOUD_PASSPHRASE_FILE"},
		"a file for all to read": {"", [2]string{"DECLOUD_PASSPHRASE_FILE", loose}, 1, "chmod 600 " + loose},
	} {
		t.Run(name, func(t *testing.T) {
			env := map[string]string{"HOME": home, c.more[0]: c.more[1]}
			r := typed(t.Context(), env, "", "whoami", "--sign")
			if c.typed != "" {
				tty := &fakeConsole{lines: []string{c.typed}}
				r = at(t, tty, env, "", "whoami", "--sign")
				require.Len(t, tty.prompts, 1, "a command asks once")
			}
			require.Equal(t, c.code, r.code, r.err)
			require.Contains(t, r.out+r.err, c.text)
			require.NotContains(t, r.out+r.err, "horse")
		})
	}
}

// What only reads needs no passphrase; an address that is not the key's is told of as soon as
// the key is there.
func TestReadingNeedsNoPassphrase(t *testing.T) {
	home := t.TempDir()
	nobody, somebody := map[string]string{"HOME": home}, map[string]string{"HOME": home, "DECLOUD_PASSPHRASE": phrase}
	r := typed(t.Context(), somebody, "", "setup", "--new-wallet", "--encrypt")
	require.Zero(t, r.code, r.err)
	beside := filepath.Join(home, ".decloud-test", "id.json.age.pub")
	address, err := os.ReadFile(beside)
	require.NoError(t, err)
	info, err := os.Stat(beside)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	r = typed(t.Context(), nobody, "", "whoami")
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.err, strings.TrimSpace(string(address)))
	require.Contains(t, typed(t.Context(), nobody, "", "whoami", "--sign").err, "DECLOUD_PASSPHRASE_FILE to a file")

	require.NoError(t, os.Remove(beside)) // as beside a file that age itself made
	require.Contains(t, typed(t.Context(), nobody, "", "whoami").err, "DECLOUD_PASSPHRASE_FILE to a file")
	require.Zero(t, typed(t.Context(), somebody, "", "whoami").code)
	again, err := os.ReadFile(beside)
	require.NoError(t, err)
	require.Equal(t, address, again)

	other, err := chain.NewKeypair()
	require.NoError(t, err)
	for _, text := range []string{other.PublicKey().String() + "\n", "", "\x1b[2Jnonsense", strings.Repeat("1", 1000)} {
		require.NoError(t, os.WriteFile(beside, []byte(text), 0o600))
		r = typed(t.Context(), somebody, "", "whoami", "--sign")
		require.Equal(t, 1, r.code, text)
		require.Contains(t, r.err, "take their wallet for yours")
		require.NotContains(t, r.err, "\x1b")
	}
	require.NoError(t, os.WriteFile(beside, []byte(other.PublicKey().String()), 0o600))
	r = typed(t.Context(), nobody, "", "balance")
	require.Contains(t, r.err, "this address is what "+beside+" says")
	require.Contains(t, typed(t.Context(), nobody, "", "airdrop").err, "DECLOUD_PASSPHRASE_FILE to a file", "nothing is sent to an address that anybody could have written there")
	require.Contains(t, typed(t.Context(), somebody, "", "airdrop").err, "take their wallet for yours")
}

// A command that was not declared to send cannot sign a transaction.
func TestWhatOnlyReadsSignsNothing(t *testing.T) {
	key, err := chain.NewKeypair()
	require.NoError(t, err)
	for _, sends := range []bool{false, true} {
		c := &Call{Name: "look", sends: sends}
		cfg := chain.Config{Signer: key}
		c.Guard(&cfg)
		require.Equal(t, key.PublicKey(), cfg.Signer.PublicKey())
		_, err = cfg.Signer.Sign(t.Context(), []byte("a transaction"))
		require.Equal(t, sends, err == nil, err)
	}
}

// A key that was in the settings moves to a file, and is nowhere in the settings.
func TestEncryptTheKeyOfTheSettings(t *testing.T) {
	home := t.TempDir()
	key, forms := secrets(t)
	env := map[string]string{"HOME": home, "DECLOUD_PASSPHRASE": phrase}
	require.Zero(t, typed(t.Context(), env, key+"\n", "setup", "--private-key", "-").code)
	r := typed(t.Context(), env, "", "wallet", "encrypt", "--json")
	require.Zero(t, r.code, r.err)
	for _, form := range append(forms, phrase) {
		require.NotContains(t, r.out+r.err, form)
	}
	require.True(t, saved(t, home).PrivateKey.IsZero())
	file, err := os.ReadFile(filepath.Join(home, ".decloud-test", "id.json.age"))
	require.NoError(t, err)
	require.True(t, keyfile.Encrypted(file))
	require.Zero(t, typed(t.Context(), env, "", "whoami").code)
}

func TestSetupEncryptedByFlags(t *testing.T) {
	home := t.TempDir()
	locked := filepath.Join(home, ".decloud-test", "id.json.age")
	require.Equal(t, 2, typed(t.Context(), map[string]string{"HOME": home}, "", "setup", "--encrypt").code)
	r := typed(t.Context(), map[string]string{"HOME": home}, "", "setup", "--new-wallet", "--encrypt")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.err, "nothing was saved")
	require.NoFileExists(t, locked)
	r = typed(t.Context(), map[string]string{"HOME": home, "DECLOUD_PASSPHRASE": phrase}, "", "setup", "--new-wallet", "--encrypt")
	require.Zero(t, r.code, r.err)
	require.NotContains(t, r.out+r.err, phrase)
	require.FileExists(t, locked)
	require.NoFileExists(t, filepath.Join(home, ".decloud-test", "id.json"))
}

// Setup by its menus, at a terminal: what is secret is not echoed, and Enter keeps it all.
func TestSetupByMenus(t *testing.T) {
	home := t.TempDir()
	env := map[string]string{"HOME": home}
	key, forms := secrets(t)
	tty := &fakeConsole{lines: []string{"nonsense", key, "LighthouseSecret"}}
	r := at(t, tty, env, "own\nhttp://127.0.0.1:1\n\n"+elsewhere+"\n2\n4\n\n", "setup")
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.err, "this is no secret key")
	for _, form := range append(forms, "LighthouseSecret") {
		require.NotContains(t, r.out+r.err, form)
	}
	cfg := saved(t, home)
	require.Equal(t, key, cfg.PrivateKey.Reveal())
	require.Equal(t, "http://127.0.0.1:1", cfg.RPC)
	require.Equal(t, "LighthouseSecret", cfg.LighthouseAPIKey.Reveal())

	before, err := encode(cfg)
	require.NoError(t, err)
	r = at(t, &fakeConsole{lines: []string{"", ""}}, env, strings.Repeat("\n", 7), "setup")
	require.Zero(t, r.code, r.err)
	after, err := encode(saved(t, home))
	require.NoError(t, err)
	require.JSONEq(t, string(before), string(after))

	// a new wallet under a passphrase; the key that was in the settings is not lost
	tty = &fakeConsole{lines: []string{"", phrase, phrase}}
	r = at(t, tty, env, "devnet\n"+elsewhere+"\n4\n\n\n", "setup")
	require.Zero(t, r.code, r.err)
	require.Len(t, tty.prompts, 3)
	cfg = saved(t, home)
	require.Empty(t, cfg.RPC)
	require.True(t, cfg.PrivateKey.IsZero())
	require.Equal(t, filepath.Join(home, ".decloud-test", "id.json.age"), cfg.KeypairPath)
	old, err := chain.ParseKeypair(key)
	require.NoError(t, err)
	kept, err := chain.LoadKeypair(filepath.Join(home, ".decloud-test", old.PublicKey().String()+".json"))
	require.NoError(t, err)
	require.Equal(t, old.PublicKey(), kept.PublicKey())
}
