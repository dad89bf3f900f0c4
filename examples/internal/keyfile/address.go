package keyfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gagliardetto/solana-go"
)

// AddressPath is where the address of a key file under a passphrase is kept in the open, so
// that commands which only read need no passphrase.
func AddressPath(path string) string { return path + ".pub" }

// maxAddress bounds a file with an address, in bytes.
const maxAddress = 64

// Address is the one that is kept beside a key file. It is what the file says: whoever can
// write to the directory can change it, so [CheckAddress] compares it once the key is there.
// Without a file, or with one that holds anything else, it returns false.
func Address(path string) (solana.PublicKey, bool) {
	text, err := readAddress(path)
	if err != nil {
		return solana.PublicKey{}, false
	}
	key, err := solana.PublicKeyFromBase58(text)
	return key, err == nil
}

func readAddress(path string) (string, error) {
	name := AddressPath(path)
	if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() { // a pipe would never end
		return "", errors.Join(err, fs.ErrNotExist)
	}
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxAddress))
	return strings.TrimSpace(string(text)), err
}

// CheckAddress compares what is kept beside a key file with the address of its key, and
// keeps that where nothing is kept yet. A directory that cannot be written to is no error.
func CheckAddress(path string, key solana.PublicKey) error {
	text, err := readAddress(path)
	if errors.Is(err, fs.ErrNotExist) {
		_ = WriteAddress(path, key) // the next command asks for the passphrase again
		return nil
	}
	if err != nil {
		return err
	}
	if text != key.String() {
		return fmt.Errorf("%s says %.50q, and the key is that of %s: if you replaced the key yourself, remove that file; else somebody wants you to take their wallet for yours",
			AddressPath(path), text, key)
	}
	return nil
}

// WriteAddress keeps the address of a key file beside it, in place of what was there.
func WriteAddress(path string, key solana.PublicKey) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".keyfile-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // nothing is there after the rename
	_, err = f.WriteString(key.String() + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), AddressPath(path))
}
