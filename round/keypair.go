package round

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/gagliardetto/solana-go"
	"github.com/mr-tron/base58"
)

// ErrKeypair is wrapped by every error about a secret key. No such error holds
// a byte of one.
var ErrKeypair = errors.New("round: keypair")

// maxKeyText bounds what is read of a key: 64 numbers of three digits with all
// the space that anybody puts between them.
const maxKeyText = 4096

// Keypair signs with a secret key in memory. However it is printed, logged or
// marshalled, only the address shows.
type Keypair struct{ secret ed25519.PrivateKey }

var _ Signer = (*Keypair)(nil)

// NewKeypair makes a new random key.
func NewKeypair() (*Keypair, error) {
	_, secret, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeypair, err)
	}
	return &Keypair{secret}, nil
}

// ParseKeypair reads a secret key as Solana's tools write it: a JSON array of
// 64 numbers, or base58.
func ParseKeypair(text string) (*Keypair, error) {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > maxKeyText {
		return nil, fmt.Errorf("%w: a JSON array of 64 numbers or 64 bytes in base58 are needed", ErrKeypair)
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
	return &Keypair{derived}, nil
}

// LoadKeypair reads a key file as `solana-keygen new` writes it. A file that
// others than its owner may read is refused: run chmod 600 on it.
func LoadKeypair(path string) (*Keypair, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeypair, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeypair, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: %s is not a file", ErrKeypair, path)
	}
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
// of `solana-keygen`. A file that is there already is never overwritten.
func (k *Keypair) Save(path string) error {
	if k == nil || len(k.secret) == 0 {
		return fmt.Errorf("%w: it is empty", ErrKeypair)
	}
	numbers := make([]int, len(k.secret)) // encoding/json would write bytes as base64
	for i, b := range k.secret {
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
	// Unlike a rename, a link fails where the name is taken.
	if err := os.Link(f.Name(), path); err != nil {
		return fmt.Errorf("%w: %w", ErrKeypair, err)
	}
	return nil
}

// PublicKey implements [Signer].
func (k *Keypair) PublicKey() solana.PublicKey {
	if k == nil || len(k.secret) == 0 {
		return solana.PublicKey{}
	}
	return solana.PublicKeyFromBytes(k.secret.Public().(ed25519.PublicKey))
}

// Sign implements [Signer].
func (k *Keypair) Sign(_ context.Context, message []byte) (solana.Signature, error) {
	if k == nil || len(k.secret) == 0 {
		return solana.Signature{}, fmt.Errorf("%w: it is empty: make one by NewKeypair, ParseKeypair or LoadKeypair", ErrKeypair)
	}
	return solana.SignatureFromBytes(ed25519.Sign(k.secret, message)), nil
}

// String is the address.
func (k *Keypair) String() string {
	if k == nil || len(k.secret) == 0 {
		return "Keypair(none)"
	}
	return "Keypair(" + k.PublicKey().String() + ")"
}

// Format prints the address, whatever the verb.
func (k *Keypair) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }

// GoString is the address.
func (k *Keypair) GoString() string { return k.String() }

// LogValue is the address.
func (k *Keypair) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText is the address: a keypair is saved by [Keypair.Save] only.
func (k *Keypair) MarshalText() ([]byte, error) { return []byte(k.String()), nil }
