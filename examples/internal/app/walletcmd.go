package app

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/keyfile"
	"github.com/decloud-sdk/decloud-go/storage"
)

// WalletCommand puts a wallet's key file under a passphrase, and takes that off.
func WalletCommand() Command {
	return Command{Name: "wallet", Summary: "put the key file under a passphrase, or take that off", Sub: []Command{
		{Name: "encrypt", Summary: "write the wallet's key to a file under a passphrase, and use that",
			Long: `The passphrase is asked for, or comes from DECLOUD_PASSPHRASE, or from the file that DECLOUD_PASSPHRASE_FILE names; it is
never on a command line. The new file is called as the old one with .age behind it, which the tool age reads, too. The
old file stays, for other programs that use it: remove it yourself once it is not needed. The wallet's address is kept
in the open beside it (.age.pub), so that commands which only read, and --dry-run, ask for no passphrase. They believe what
that file says; whatever signs, and airdrop, compares it with the key.`,
			Bind: func(*flag.FlagSet) Action { return withWalletFile((*Call).encryptWallet) }},
		{Name: "decrypt", Summary: "write the wallet's key to a plain key file, and use that",
			Long: "The new file is called as the old one without its .age; the old one stays.",
			Bind: func(*flag.FlagSet) Action { return withWalletFile((*Call).decryptWallet) }},
	}}
}

// withWalletFile converts the wallet's file and has the settings name the new one.
func withWalletFile(convert func(c *Call, s *Common) (key *chain.Keypair, path string, err error)) Action {
	return withConfig(func(_ context.Context, c *Call, cfg Config) error {
		if c.Env("DECLOUD_PRIVATE_KEY") != "" {
			return usageError{"DECLOUD_PRIVATE_KEY in the environment stands above every key file: unset it first"}
		}
		s := cfg.Base()
		key, path, err := convert(c, s)
		if err != nil {
			return err
		}
		s.KeypairPath, s.PrivateKey = path, storage.Secret{}
		if err := c.Save(cfg); err != nil {
			return err
		}
		wallet := key.PublicKey().String()
		return c.Print(map[string]any{"wallet": wallet, "keypair_path": path}, func(w io.Writer) { fmt.Fprintf(w, "%s is used for %s\n", path, wallet) })
	})
}

// encryptWallet writes the wallet of the settings under a passphrase.
func (c *Call) encryptWallet(s *Common) (key *chain.Keypair, path string, err error) {
	from := expand(s.KeypairPath, c.Env)
	text := []byte(s.PrivateKey.Reveal())
	switch {
	case len(text) > 0:
		from = filepath.Join(c.Home, "id.json")
	case isEncrypted(from):
		return nil, "", fmt.Errorf("%s is under a passphrase already; to change that: %s, then this again", from, c.Command("wallet decrypt"))
	default:
		if _, err := chain.LoadKeypair(from); err != nil {
			return nil, "", err
		}
		if text, err = readPrivate(from, keyfile.MaxSize/2); err != nil {
			return nil, "", err
		}
	}
	if key, err = chain.ParseKeypair(string(text)); err != nil {
		return nil, "", err
	}
	path = from + ".age"
	if err := mkdirPrivate(filepath.Dir(path)); err != nil {
		return nil, "", err
	}
	if err := c.encryptTo(path, text); err != nil {
		return nil, "", err
	}
	if _, err := os.Lstat(from); err == nil {
		c.Note("the plain key file %s is still there, and whoever reads it has the wallet: delete it once you have used %s, unless other programs need it", from, path)
	}
	return key, path, nil
}

// decryptWallet writes the wallet of the settings to a plain key file.
func (c *Call) decryptWallet(s *Common) (key *chain.Keypair, path string, err error) {
	from := expand(s.KeypairPath, c.Env)
	if !s.PrivateKey.IsZero() || !isEncrypted(from) {
		if _, err := os.Stat(from); errors.Is(err, fs.ErrNotExist) {
			return nil, "", fmt.Errorf("%w: %w", chain.ErrKeypair, err)
		}
		return nil, "", errors.New("the wallet is not under a passphrase")
	}
	if key, err = c.LoadKeypair(from); err != nil {
		return nil, "", err
	}
	if path = keyfile.Plain(from); path == from {
		path += ".json"
	}
	return key, path, key.Save(path)
}

// newKey is the text of a key file with a new random key.
func newKey() ([]byte, error) {
	_, secret, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	var numbers [ed25519.PrivateKeySize]int // encoding/json would write bytes as base64
	for i, b := range secret {
		numbers[i] = int(b)
	}
	text, err := json.Marshal(numbers)
	return append(text, '\n'), err
}
