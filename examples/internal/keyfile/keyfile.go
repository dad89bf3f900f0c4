// Package keyfile keeps a wallet's key file under a passphrase: a file of age
// (age-encryption.org/v1) with one scrypt recipient, as "age -p" writes it and "age -d"
// reads it.
package keyfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/decloud-sdk/decloud-go/storage"
)

var (
	// ErrPassphrase says that a passphrase is not the file's.
	ErrPassphrase = errors.New("the passphrase is wrong")
	// ErrFile says that a file is no key file under a passphrase.
	ErrFile = errors.New("no key file under a passphrase")
)

const (
	// MaxSize bounds a key file under a passphrase, in bytes.
	MaxSize = 16 << 10

	// maxWorkFactor bounds what reading a file may cost: a stranger's may ask for all of the
	// memory. It is age's own default: 256 MiB and a second.
	maxWorkFactor = 18

	intro = "age-encryption.org/v1\n"
)

// WorkFactor is the logarithm of scrypt's cost for new files. Only tests, which are about
// other things, change it.
var WorkFactor = maxWorkFactor

// Encrypted reports whether the beginning of a file is that of an age file.
func Encrypted(head []byte) bool {
	return bytes.HasPrefix(head, []byte(intro)) || bytes.HasPrefix(head, []byte(armor.Header))
}

// Encrypt is the text of a key file under a passphrase, which may not be empty.
func Encrypt(text []byte, passphrase storage.Secret) ([]byte, error) {
	if passphrase.IsZero() {
		return nil, errors.New("the passphrase is empty")
	}
	to, err := age.NewScryptRecipient(passphrase.Reveal())
	if err != nil {
		return nil, err
	}
	to.SetWorkFactor(WorkFactor)
	var out bytes.Buffer
	armored := armor.NewWriter(&out)
	w, err := age.Encrypt(armored, to)
	if err != nil {
		return nil, err
	}
	_, err = w.Write(text)
	if err := errors.Join(err, w.Close(), armored.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Decrypt is the text of a file that Encrypt or age itself made, in either of age's
// encodings. Its errors are [ErrPassphrase] or wrap [ErrFile], and hold nothing of either
// text.
func Decrypt(file []byte, passphrase storage.Secret) ([]byte, error) {
	if len(file) > MaxSize {
		return nil, fmt.Errorf("%w: larger than %d bytes", ErrFile, MaxSize)
	}
	if passphrase.IsZero() {
		return nil, ErrPassphrase
	}
	id, err := age.NewScryptIdentity(passphrase.Reveal())
	if err != nil {
		return nil, err
	}
	id.SetMaxWorkFactor(maxWorkFactor)
	var from io.Reader = bytes.NewReader(file)
	if bytes.HasPrefix(file, []byte(armor.Header)) {
		from = armor.NewReader(from)
	}
	plain, err := age.Decrypt(from, id)
	if errors.As(err, new(*age.NoIdentityMatchError)) {
		return nil, ErrPassphrase
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	text, err := io.ReadAll(io.LimitReader(plain, MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	if len(text) > MaxSize {
		return nil, fmt.Errorf("%w: it holds more than %d bytes", ErrFile, MaxSize)
	}
	return text, nil
}

// Write writes a new file that only its owner may read, whole or not at all. A file
// that is there is never replaced: the error wraps [fs.ErrExist].
func Write(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".keyfile-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	// Unlike a rename, a link fails if the name is taken.
	if err := os.Link(f.Name(), path); errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already: move it away: %w", path, err)
	} else if err != nil {
		return err
	}
	return nil
}

// Plain is the name of what a file is called without its passphrase.
func Plain(path string) string { return strings.TrimSuffix(path, ".age") }
