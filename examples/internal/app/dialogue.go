package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/keyfile"
	"github.com/decloud-sdk/decloud-go/storage"
)

// dialogue asks.
func (w *wizard) dialogue(ctx context.Context, c *Call, cfg Config) error {
	fmt.Fprintf(c.Err, "Settings of %s. Enter keeps what is in brackets.\n", c.App.Name)
	for _, ask := range []func(context.Context, *Call, Config) error{w.askNetwork, w.askWallet, w.askStorage, w.askOwn} {
		if err := ask(ctx, c, cfg); err != nil {
			return err
		}
	}
	return nil
}

// ownRPC as a network's name in the menu is a node of the user's choice.
const ownRPC = "own"

func (w *wizard) askNetwork(ctx context.Context, c *Call, cfg Config) error {
	s := cfg.Base()
	present := s.Network
	if s.RPC != "" {
		present = ownRPC
	}
	name, err := w.choose(ctx, c, "Network", []choice{
		{localnet, "a chain on this machine: go run ./examples/localnet"}, {devnet, "Solana's public network for tests"},
		{mainnet, "real SOL"}, {ownRPC, "an RPC node of your own choice"}}, present)
	switch {
	case err != nil:
		return err
	case name == ownRPC:
		if err := w.questions(ctx, c, cfg, "custom_rpc", "network"); err != nil {
			return err
		}
	case name != present:
		if name != s.Network {
			s.ProgramID = ""
		}
		s.Network = name
		s.forgetNodes(c)
	}
	if s.Network == localnet && s.ProgramID == "" && name != ownRPC {
		return nil
	}
	return w.questions(ctx, c, cfg, "program_id")
}

// The ways to a wallet.
const (
	walletFile      = "file"
	walletPaste     = "paste"
	walletNew       = "new"
	walletEncrypted = "encrypted"
)

func (w *wizard) askWallet(ctx context.Context, c *Call, cfg Config) error {
	s := cfg.Base()
	present := walletFile
	if !s.PrivateKey.IsZero() {
		present = walletPaste
	} else if _, err := os.Stat(expand(s.KeypairPath, c.Env)); errors.Is(err, fs.ErrNotExist) {
		present = walletNew
	}
	way, err := w.choose(ctx, c, "Wallet", []choice{
		{walletFile, "a key file that you have, as solana-keygen writes it, with or without a passphrase"},
		{walletPaste, "paste a secret key (base58); it is kept in the settings, which only you may read"},
		{walletNew, "a new wallet, in a key file"},
		{walletEncrypted, "a new wallet, in a key file under a passphrase"}}, present)
	if err != nil {
		return err
	}
	switch way {
	case walletPaste:
		return w.questions(ctx, c, cfg, "private_key")
	case walletFile:
		if err := w.retire(c, cfg); err != nil {
			return err
		}
		return w.questions(ctx, c, cfg, "keypair_path")
	}
	w.newWallet, w.encrypt = true, way == walletEncrypted
	return w.retire(c, cfg)
}

// retire takes a secret key out of the settings in favor of a key file. It may be the
// only copy, so it gets a key file of its own.
func (w *wizard) retire(c *Call, cfg Config) error {
	s := cfg.Base()
	if s.PrivateKey.IsZero() {
		return nil
	}
	k, err := keypair("private_key in "+c.path(), s.PrivateKey.Reveal())
	if err != nil {
		return err
	}
	path := filepath.Join(c.Home, k.PublicKey().String()+".json")
	if err := mkdirPrivate(c.Home); err != nil {
		return err
	}
	if err := k.Save(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	c.Note("the key that was in the settings is kept in %s", path)
	s.PrivateKey = storage.Secret{}
	return nil
}

// places to publish to, with the settings that each has.
var storagePlaces = []struct {
	choice
	keys []string
}{
	{choice{"directory", "a directory that all who take part can read and write, as on one machine"}, []string{"car_dir"}},
	{choice{"kubo", "your own IPFS node"}, []string{"kubo_url"}},
	{choice{"pinata", "the pinning service Pinata"}, []string{"pinata_api_key", "pinata_secret_key"}},
	{choice{"lighthouse", "the storage service Lighthouse; setup --lighthouse makes a key"}, []string{"lighthouse_api_key"}},
}

func (w *wizard) askStorage(ctx context.Context, c *Call, cfg Config) error {
	present, choices := "", []choice{}
	for _, p := range storagePlaces {
		choices = append(choices, p.choice)
		if s, ok := setting(cfg, p.keys[0]); ok && s.shown() != "" && present == "" {
			present = p.name
		}
	}
	if present == "" {
		present = choices[0].name
	}
	name, err := w.choose(ctx, c, "Storage (places that are set already stay)", choices, present)
	if err != nil {
		return err
	}
	for _, p := range storagePlaces {
		if p.name == name {
			return w.questions(ctx, c, cfg, p.keys...)
		}
	}
	return nil
}

// askOwn asks for the app's own settings.
func (w *wizard) askOwn(ctx context.Context, c *Call, cfg Config) error {
	for _, key := range w.ask {
		s, ok := setting(cfg, key)
		if !ok {
			continue
		}
		names, ok := s.Value.(*Names)
		if !ok {
			if err := w.question(ctx, c, s); err != nil {
				return err
			}
			continue
		}
		base := cfg.Base()
		cat, err := c.Catalog(base)
		if err != nil {
			return err
		}
		check := func(name string) error { _, err := c.ParseDataset(base, name); return err }
		if err := w.checklist(ctx, c, "Data sets (others that you have data for can be named)", available(cat), names, check); err != nil {
			return err
		}
	}
	return nil
}

// available are the data sets that are here or can be downloaded.
func available(cat dataset.Catalog) (names []string) {
	cat.Known = true // whether they are downloaded by themselves or installed
	for _, id := range dataset.IDs() {
		if cat.Has(id) || cat.Can(id) {
			names = append(names, id.String())
		}
	}
	return names
}

// questions asks for settings by name.
func (w *wizard) questions(ctx context.Context, c *Call, cfg Config, keys ...string) error {
	for _, key := range keys {
		s, ok := setting(cfg, key)
		if !ok {
			return fmt.Errorf("there is no setting %s", key)
		}
		if err := w.question(ctx, c, s); err != nil {
			return err
		}
	}
	return nil
}

// question asks for one setting until the answer makes sense. A secret is not echoed.
func (w *wizard) question(ctx context.Context, c *Call, s Setting) error {
	prompt := fmt.Sprintf("%s: %s [%s]: ", s.Key, strings.ReplaceAll(s.Help, "`", ""), s.shown())
	for {
		answer, err := "", errNoTerminal
		if s.reveal != nil {
			answer, err = c.secret(Plain(prompt))
		}
		if errors.Is(err, errNoTerminal) {
			answer, err = w.asked(ctx, c, prompt)
		}
		if answer = strings.TrimSpace(answer); err != nil || answer == "" {
			return err
		}
		if err = s.Value.Set(answer); err == nil {
			return nil
		}
		fmt.Fprintf(c.Err, "  %v\n", err)
	}
}

// saveNew writes a new key to the app's directory and returns where.
func (c *Call) saveNew(encrypt bool) (path string, err error) {
	if err := mkdirPrivate(c.Home); err != nil {
		return "", err
	}
	text, err := newKey()
	if err != nil {
		return "", err
	}
	path = filepath.Join(c.Home, "id.json")
	write := keyfile.Write
	if encrypt {
		path, write = path+".age", c.encryptTo
	}
	if err = write(path, text); errors.Is(err, fs.ErrExist) {
		err = fmt.Errorf("there is a wallet in %s already: use it with --keypair-path %s, or move it away: %w", path, path, err)
	}
	return path, err
}
