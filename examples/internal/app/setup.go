package app

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/lighthouse"
)

// SetupCommand asks for settings, or takes them from flags: one for each
// setting. ask names the app's own settings that it asks for beside the common
// ones.
func SetupCommand(newConfig func() Config, ask ...string) Command {
	return Command{
		Name: "setup", Summary: "choose wallet, network and storage, once",
		Long: `Without flags it asks, by menus, and Enter keeps what is shown. With flags it asks nothing, so that a script can use it.
Keys are better not put on a command line, where other users can see them: name a key file, set DECLOUD_PRIVATE_KEY,
or give - to have the key read from the next line of standard input.`,
		Bind: func(fs *flag.FlagSet) Action {
			w := &wizard{ask: ask, fs: fs, flags: map[string]*string{}}
			fs.BoolVar(&w.newWallet, "new-wallet", false, "make a new wallet in the app's directory and use it")
			fs.BoolVar(&w.encrypt, "encrypt", false, "put the new wallet under the passphrase that DECLOUD_PASSPHRASE or DECLOUD_PASSPHRASE_FILE says, or that is asked for")
			fs.BoolVar(&w.lighthouse, "lighthouse", false, "have Lighthouse make a key for the wallet, to publish there")
			for _, s := range newConfig().Settings() {
				help := s.Help
				if _, ok := s.Value.(boolValue); ok {
					help = "`true|false`: " + help
				}
				w.flags[s.Key] = fs.String(flagName(s.Key), "", help)
			}
			return w.run
		},
	}
}

// wizard is one setup.
type wizard struct {
	fs                 *flag.FlagSet
	ask                []string
	newWallet, encrypt bool
	lighthouse         bool
	flags              map[string]*string // by setting
	lines              *bufio.Reader
}

func (w *wizard) run(ctx context.Context, c *Call) error {
	cfg := c.App.NewConfig()
	if err := c.Load(cfg); err != nil {
		return err
	}
	w.lines = bufio.NewReader(io.LimitReader(c.In, maxConfig))
	given := map[string]bool{}
	w.fs.Visit(func(f *flag.Flag) { given[f.Name] = f.Name != "home" && f.Name != "json" })
	delete(given, "home")
	delete(given, "json")
	if w.encrypt && !w.newWallet {
		return usageError{"--encrypt goes with --new-wallet; for the wallet that you have: " + c.Command("wallet encrypt")}
	}
	fill := w.dialogue
	if len(given) > 0 {
		fill = func(ctx context.Context, c *Call, cfg Config) error { return w.fromFlags(ctx, cfg, given) }
	}
	if err := fill(ctx, c, cfg); err != nil {
		return fmt.Errorf("nothing was saved: %w", err)
	}
	if err := w.wallet(ctx, c, cfg.Base()); err != nil {
		return fmt.Errorf("nothing was saved: %w", err)
	}
	if _, _, err := cfg.Base().network(c); err != nil {
		return fmt.Errorf("nothing was saved: %w", err)
	}
	if err := c.Save(cfg); err != nil {
		return err
	}
	c.Note("saved in %s", c.path())
	return c.showConfig(cfg)
}

// fromFlags sets what was given on the command line.
func (w *wizard) fromFlags(ctx context.Context, cfg Config, given map[string]bool) error {
	for _, s := range cfg.Settings() { // in this order, for lines of stdin
		if !given[flagName(s.Key)] {
			continue
		}
		value := *w.flags[s.Key]
		if value == "-" && s.reveal != nil {
			var err error
			if value, err = w.line(ctx); err != nil {
				return err
			}
		}
		if err := s.Value.Set(value); err != nil {
			return usageError{fmt.Sprintf("--%s: %v", flagName(s.Key), err)}
		}
	}
	return nil
}

func (w *wizard) asked(ctx context.Context, c *Call, prompt string) (string, error) {
	fmt.Fprint(c.Err, Plain(prompt))
	return w.line(ctx)
}

// line reads one line of standard input, unless it is interrupted first: then
// the reader is left to the end of the process.
func (w *wizard) line(ctx context.Context) (string, error) {
	type result struct {
		text string
		err  error
	}
	read := make(chan result, 1)
	go func() {
		text, err := w.lines.ReadString('\n')
		read <- result{text, err}
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case r := <-read:
		if r.err == io.EOF && r.text == "" { //nolint:errorlint // bufio returns it bare
			return "", errors.New("standard input ended in the middle of the questions: answer all of them, or give the settings as flags (setup --help)")
		}
		if r.err == io.EOF { //nolint:errorlint // as above
			r.err = nil
		}
		return strings.TrimSpace(r.text), r.err
	}
}

// wallet makes what was asked for, and checks that the wallet can be used.
func (w *wizard) wallet(ctx context.Context, c *Call, s *Common) error {
	if w.newWallet {
		path, err := c.saveNew(w.encrypt)
		if err != nil {
			return err
		}
		s.KeypairPath, s.PrivateKey = path, storage.Secret{}
		k, err := c.LoadKeypair(path)
		if err != nil {
			return err
		}
		c.Note("a new wallet is in %s: %s. Keep a copy of the file; nobody else has one.", path, k.PublicKey())
	}
	k, err := c.Wallet(s)
	if errors.Is(err, fs.ErrNotExist) && !w.lighthouse {
		c.Note("there is no wallet yet (%s): reading works, sending does not. %s makes one.", s.KeypairPath, c.Command("setup --new-wallet"))
		return nil
	}
	if err != nil || !w.lighthouse {
		return err
	}
	c.Note("Lighthouse asks the wallet to sign a message and makes a key of it…")
	key, err := lighthouse.CreateKey(ctx, lighthouse.Options{}, k.PublicKey().String(), c.App.Name, func(ctx context.Context, message []byte) ([]byte, error) {
		c.Note("signing: %s", message)
		signature, err := k.Sign(ctx, message)
		return signature[:], err
	})
	s.LighthouseAPIKey = key
	return err
}
