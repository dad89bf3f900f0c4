package chain

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/gagliardetto/solana-go"
	"github.com/mr-tron/base58"

	"github.com/decloud-sdk/decloud-go/internal/regular"
)

// ErrKeypair is wrapped by every error about a secret key. No such error holds
// a byte of one.
var ErrKeypair = errors.New("chain: keypair")

// maxKeyText bounds the text of a key, in bytes: 64 numbers of three digits with
// plenty of space between them.
const maxKeyText = 4096

// Keypair signs with a secret key in memory. However it is printed, logged or
// marshalled, by value or by pointer, only the address shows. The zero value has
// no key and cannot sign.
type Keypair struct{ hidden *hidden }

var _ Signer = (*Keypair)(nil)

// hidden keeps the key in a closure, where no printing by reflection finds it: fmt
// prints the bytes of an unexported field, and so do the dumpers of test libraries,
// without asking its methods.
type hidden struct{ secret func() ed25519.PrivateKey }

func hide(secret ed25519.PrivateKey) *Keypair {
	return &Keypair{&hidden{func() ed25519.PrivateKey { return secret }}}
}

// key is nil where there is none.
func (k *Keypair) key() ed25519.PrivateKey {
	if k == nil || k.hidden == nil {
		return nil
	}
	return k.hidden.secret()
}

// NewKeypair makes a new random key.
func NewKeypair() (*Keypair, error) {
	_, secret, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeypair, err)
	}
	return hide(secret), nil
}

// ParseKeypair reads a secret key as Solana's tools write it: a JSON array of
// 64 numbers, or base58.
func ParseKeypair(text string) (*Keypair, error) {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > maxKeyText {
		return nil, fmt.Errorf("%w: want a JSON array of 64 numbers, or 64 bytes in base58", ErrKeypair)
	}
	var secret []byte
	if text[0] == '[' {
		// encoding/json refuses numbers that do not fit a byte.
		if json.Unmarshal([]byte(text), &secret) != nil {
			return nil, fmt.Errorf("%w: not a JSON array of numbers from 0 to 255", ErrKeypair)
		}
	} else if decoded, err := base58.Decode(text); err == nil {
		secret = decoded
	} else {
		return nil, fmt.Errorf("%w: neither a JSON array nor base58", ErrKeypair)
	}
	return keypairOf(secret)
}

func keypairOf(secret []byte) (*Keypair, error) {
	if len(secret) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("%w: %d bytes, not %d", ErrKeypair, len(secret), ed25519.PrivateKeySize)
	}
	derived := ed25519.NewKeyFromSeed(secret[:ed25519.SeedSize])
	if !bytes.Equal(derived, secret) {
		return nil, fmt.Errorf("%w: its second half is not the public key of its first", ErrKeypair)
	}
	return hide(derived), nil
}

// LoadKeypair reads a key file as `solana-keygen new` writes it. A file that
// others than its owner may read is refused: run chmod 600 on it.
func LoadKeypair(path string) (*Keypair, error) {
	f, info, err := regular.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeypair, err)
	}
	defer f.Close()
	if loose := info.Mode().Perm() & 0o077; loose != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("%w: others may read %s (mode %04o): run: chmod 600 %s", ErrKeypair, path, info.Mode().Perm(), path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKeyText+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeypair, err)
	}
	k, err := ParseKeypair(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return k, nil
}

// Save writes the key to a new file that only its owner may read, in the format
// of `solana-keygen`. It never overwrites a file.
func (k *Keypair) Save(path string) error {
	secret := k.key()
	if secret == nil {
		return fmt.Errorf("%w: it is empty", ErrKeypair)
	}
	numbers := make([]int, len(secret)) // encoding/json would write bytes as base64
	for i, b := range secret {
		numbers[i] = int(b)
	}
	text, err := json.Marshal(numbers)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrKeypair, err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".keypair-*") // mode 0600
	if err != nil {
		return fmt.Errorf("%w: %w", ErrKeypair, err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(append(text, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("%w: %w", ErrKeypair, err)
	}
	// Unlike a rename, a link fails if the name is taken.
	err = os.Link(f.Name(), path)
	if errors.Is(err, fs.ErrExist) { // the error names the temporary file, too
		err = &fs.PathError{Op: "save", Path: path, Err: fs.ErrExist}
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrKeypair, err)
	}
	return nil
}

// PublicKey implements [Signer].
func (k *Keypair) PublicKey() solana.PublicKey {
	secret := k.key()
	if secret == nil {
		return solana.PublicKey{}
	}
	return solana.PublicKeyFromBytes(secret.Public().(ed25519.PublicKey))
}

// Sign implements [Signer].
func (k *Keypair) Sign(_ context.Context, message []byte) (solana.Signature, error) {
	secret := k.key()
	if secret == nil {
		return solana.Signature{}, fmt.Errorf("%w: it is empty: make one by NewKeypair, ParseKeypair or LoadKeypair", ErrKeypair)
	}
	return solana.SignatureFromBytes(ed25519.Sign(secret, message)), nil
}

// String returns the address.
func (k Keypair) String() string {
	if k.hidden == nil {
		return "Keypair(none)"
	}
	return "Keypair(" + k.PublicKey().String() + ")"
}

// Format prints the address, whatever the verb.
func (k Keypair) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }

// GoString returns the address.
func (k Keypair) GoString() string { return k.String() }

// LogValue returns the address.
func (k Keypair) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText returns the address: only [Keypair.Save] writes the key.
func (k Keypair) MarshalText() ([]byte, error) { return []byte(k.String()), nil }
