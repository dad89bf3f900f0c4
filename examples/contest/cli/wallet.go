package cli

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
)

// walletFlags name a key file: --wallet.hotkey FILE, or by name, as Bittensor does, wallets/<name>/<hotkey>.json in the app's
// directory.
type walletFlags struct{ name, hotkey string }

func (w *walletFlags) bind(fs *flag.FlagSet) {
	fs.Var(app.Text(&w.name, checkWallet), "wallet.name", "`name` of the wallet, whose keys are in wallets/<name> of the app's directory; or a key file (default: the wallet of the settings)")
	fs.Var(app.Text(&w.hotkey, checkWallet), "wallet.hotkey", "`name` of its key; or a key file, as solana-keygen writes it (default: default)")
}

var walletName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}$`)

// isFile reports whether a wallet is named by its file.
func isFile(text string) bool {
	return strings.ContainsAny(text, `/\`) || strings.HasPrefix(text, "~") || strings.HasSuffix(text, ".json") || strings.HasSuffix(text, ".age")
}

func checkWallet(text string) error {
	if !isFile(text) && !walletName.MatchString(text) {
		return errors.New("expected a name of letters, digits, - and _, or a key file, such as ./miner.json")
	}
	return nil
}

// path of the key file; empty: the settings'.
func (w walletFlags) path(c *app.Call) (string, error) {
	switch {
	case w.name == "" && w.hotkey == "":
		return "", nil
	case isFile(w.hotkey):
		return w.hotkey, nil
	case isFile(w.name) && w.hotkey != "":
		return "", app.Usagef("--wallet.name is a key file, and --wallet.hotkey names another key: leave one out")
	case isFile(w.name):
		return w.name, nil
	}
	return filepath.Join(c.Home, "wallets", cmp.Or(w.name, "default"), cmp.Or(w.hotkey, "default")+".json"), nil
}

// use has the call sign with the key that the flags name, if they name one.
func (w walletFlags) use(c *app.Call) error {
	path, err := w.path(c)
	if path != "" {
		c.UseKeyFile(path, w.typed())
	}
	return err
}

// typed are the flags as they are typed.
func (w walletFlags) typed() string {
	var flags []string
	for _, f := range [][2]string{{"--wallet.name", w.name}, {"--wallet.hotkey", w.hotkey}} {
		if f[1] != "" {
			flags = append(flags, f[0]+" "+app.ShellWord(f[1]))
		}
	}
	return strings.Join(flags, " ")
}

// withWallet gives a command the flags that name a wallet.
func withWallet(cmd app.Command) app.Command {
	bind := cmd.Bind
	cmd.Bind = func(fs *flag.FlagSet) app.Action {
		w := &walletFlags{}
		w.bind(fs)
		act := bind(fs)
		return func(ctx context.Context, c *app.Call) error {
			if err := w.use(c); err != nil {
				return err
			}
			return act(ctx, c)
		}
	}
	return cmd
}

func keygenCommand() app.Command {
	return app.Command{
		Name: "keygen", Summary: "make a wallet under a name: keygen --wallet.name alice",
		Long: "A key file that is there already is never overwritten. Keep a copy of the new one; nobody else has one.",
		Bind: func(fs *flag.FlagSet) app.Action {
			w := &walletFlags{}
			w.bind(fs)
			return func(_ context.Context, c *app.Call) error {
				path, err := w.path(c)
				if err != nil {
					return err
				}
				if path == "" {
					return app.Usagef("a name is needed: --wallet.name NAME")
				}
				key, err := chain.NewKeypair()
				if err != nil {
					return err
				}
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					return err
				}
				if err := key.Save(path); err != nil {
					return err
				}
				view := map[string]any{"wallet": key.PublicKey().String(), "keypair_path": path}
				return c.Print(view, func(w io.Writer) { fmt.Fprintf(w, "%s is the key of %s\n", path, key.PublicKey()) })
			}
		},
	}
}
