package app

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/keyfile"
	"github.com/decloud-sdk/decloud-go/examples/internal/userfile"
	"github.com/decloud-sdk/decloud-go/storage"
)

// maxPassphrase bounds a file with a passphrase, in bytes.
const maxPassphrase = 4096

// passphrase is what the environment says, or what is typed at the terminal.
func (c *Call) passphrase(prompt string) (storage.Secret, error) {
	if text := c.Env("DECLOUD_PASSPHRASE"); text != "" {
		return storage.NewSecret(text), nil
	}
	if path := c.Env("DECLOUD_PASSPHRASE_FILE"); path != "" {
		text, err := readPrivate(expand(path, c.Env), maxPassphrase)
		if err != nil {
			return storage.Secret{}, fmt.Errorf("DECLOUD_PASSPHRASE_FILE: %w", err)
		}
		line, _, _ := strings.Cut(string(text), "\n")
		if line = strings.TrimSuffix(line, "\r"); line == "" {
			return storage.Secret{}, fmt.Errorf("DECLOUD_PASSPHRASE_FILE: the first line of %s is empty", path)
		}
		return storage.NewSecret(line), nil
	}
	text, err := c.secret(prompt)
	if errors.Is(err, errNoTerminal) {
		err = hintError{fmt.Errorf("a passphrase is needed, and %w", err),
			"  Set DECLOUD_PASSPHRASE in the environment, or DECLOUD_PASSPHRASE_FILE to a file that has it in its first line and that only you may read"}
	}
	return storage.NewSecret(text), err
}

// secret reads a line from the terminal that is not echoed.
func (c *Call) secret(prompt string) (string, error) {
	if c.console == nil {
		return "", errNoTerminal
	}
	return c.console.ReadSecret(prompt, c.done)
}

// newPassphrase is one for a new file: at the terminal it is asked for twice.
func (c *Call) newPassphrase() (storage.Secret, error) {
	first, err := c.passphrase("passphrase for the key file: ")
	if err != nil {
		return first, err
	}
	if first.IsZero() {
		return first, errors.New("the passphrase is empty: a key file without one is a plain key file")
	}
	second, err := c.passphrase("the same again: ")
	if err == nil && second.Reveal() != first.Reveal() {
		err = errors.New("the two passphrases are not the same")
	}
	return first, err
}

// LoadKeypair reads a key file, as solana-keygen writes it or under a passphrase, which
// is asked for.
func (c *Call) LoadKeypair(path string) (*chain.Keypair, error) {
	if !isEncrypted(path) {
		return chain.LoadKeypair(path)
	}
	if k := c.wallets[path]; k != nil {
		return k, nil
	}
	file, err := readPrivate(path, keyfile.MaxSize)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", chain.ErrKeypair, err)
	}
	pass, err := c.passphrase("passphrase of " + Plain(path) + ": ")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	text, err := keyfile.Decrypt(file, pass)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", chain.ErrKeypair, path, err)
	}
	k, err := chain.ParseKeypair(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := keyfile.CheckAddress(path, k.PublicKey()); err != nil {
		return nil, fmt.Errorf("%w: %w", chain.ErrKeypair, err)
	}
	c.remember(path, k)
	return k, nil
}

// remember keeps a wallet that was unlocked for the rest of the command.
func (c *Call) remember(path string, k *chain.Keypair) {
	if c.wallets == nil {
		c.wallets = map[string]*chain.Keypair{}
	}
	c.wallets[path] = k
}

// isEncrypted reports whether there is a key file under a passphrase. What cannot be read
// is not: reading it as a plain one says why.
func isEncrypted(path string) bool {
	f, _, err := userfile.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 64)
	n, err := f.Read(head)
	return err == nil && keyfile.Encrypted(head[:n])
}

// encryptTo writes the text of a key to a new file under a new passphrase, and reads it
// back before anything relies on it.
func (c *Call) encryptTo(path string, text []byte) error {
	if _, err := os.Lstat(path); err == nil { // before a passphrase is asked for
		return fmt.Errorf("%s is there already: use it with --keypair-path %s, or move it away: %w", path, path, fs.ErrExist)
	}
	key, err := chain.ParseKeypair(string(text))
	if err != nil {
		return err
	}
	pass, err := c.newPassphrase()
	if err != nil {
		return err
	}
	file, err := keyfile.Encrypt(text, pass)
	if err != nil {
		return err
	}
	back, err := keyfile.Decrypt(file, pass)
	if err != nil || !bytes.Equal(back, text) {
		return errors.Join(errors.New("the encrypted key does not decrypt to itself: nothing was written"), err)
	}
	if err := keyfile.Write(path, file); err != nil {
		return err
	}
	c.remember(path, key)
	return keyfile.WriteAddress(path, key.PublicKey())
}
