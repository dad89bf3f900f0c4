package update

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/memfs"
	"github.com/decloud-sdk/decloud-go/internal/regular"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// The files of an update.
const (
	ConfigFile = "config.json"
	ValuesFile = "update.safetensors"
)

// Version of config.json.
const Version = 1

// maxConfig bounds config.json, in bytes.
const maxConfig = 4 << 10

// Names say what an update is for: it counts nowhere else.
type Names struct {
	Program solana.PublicKey `json:"program"` // the run program
	Run     solana.PublicKey `json:"run"`     // the Run account
	Epoch   uint64           `json:"epoch"`   // of the run
	Round   uint64           `json:"round"`   // of the run, counted through
	Member  solana.PublicKey `json:"member"`  // who trained
}

type configJSON struct {
	Version int `json:"version"`
	Names
	Encoding Kind `json:"encoding"`
}

// New makes the files of an update. The same update always has the same bytes,
// and so the same CID.
func New(names Names, kind Kind, encoded Encoded) (fs.FS, error) {
	config, err := json.MarshalIndent(configJSON{Version, names, kind}, "", "  ")
	if err != nil {
		return nil, err
	}
	var values bytes.Buffer
	if err := safetensors.WriteRaw(&values, encoded); err != nil {
		return nil, err
	}
	return memfs.FS{ConfigFile: append(config, '\n'), ValuesFile: values.Bytes()}, nil
}

// Limit is the largest size, in bytes, of an update of that model: every encoding
// is smaller. What is larger need not be fetched.
func Limit(model packagefmt.Network) int64 {
	n := int64(maxConfig + safetensors.MaxHeader + 8)
	for _, t := range model.Weights {
		n += 8 * int64(len(t.Data)) // float32 takes 4 of them, top-k of everything 3
	}
	return n
}

// Read reads an update of model and checks it, in this order: readable, made for
// want, the model's layers, finite. The errors are [ErrUnreadable], [ErrNames],
// [ErrLayers] and [ErrNotFinite]; another one comes from fsys and says nothing
// about the update.
func Read(fsys fs.FS, want Names, model packagefmt.Network) (Change, error) {
	if err := onlyUpdate(fsys); err != nil {
		return nil, err
	}
	config, err := readConfig(fsys)
	if err != nil {
		return nil, err
	}
	values, err := readFile(fsys, ValuesFile, Limit(model))
	if err != nil {
		return nil, err
	}
	tensors, err := safetensors.ReadRaw(bytes.NewReader(values), int64(len(values)))
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrUnreadable, ValuesFile, err)
	}
	if config.Names != want {
		return nil, fmt.Errorf("%w: it says %+v", ErrNames, config.Names)
	}
	return Decode(tensors, config.Encoding, model.Weights)
}

// onlyUpdate refuses a directory with other files than an update's.
func onlyUpdate(fsys fs.FS) error {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != ConfigFile && e.Name() != ValuesFile {
			return fmt.Errorf("%w: %.80q does not belong in an update", ErrUnreadable, e.Name())
		}
	}
	return nil
}

func readConfig(fsys fs.FS) (c configJSON, err error) {
	b, err := readFile(fsys, ConfigFile, maxConfig)
	if err != nil {
		return c, err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return c, fmt.Errorf("%w: %s: %w", ErrUnreadable, ConfigFile, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return c, fmt.Errorf("%w: %s: more than one JSON value", ErrUnreadable, ConfigFile)
	}
	if c.Version != Version {
		return c, fmt.Errorf("%w: %s: version %d, this reader knows %d", ErrUnreadable, ConfigFile, c.Version, Version)
	}
	return c, nil
}

// readFile reads a file of at most limit bytes.
func readFile(fsys fs.FS, name string, limit int64) ([]byte, error) {
	b, err := regular.ReadFS(fsys, name, limit)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = fmt.Errorf("%w: no %s", ErrUnreadable, name)
	case errors.Is(err, regular.ErrKind), errors.Is(err, regular.ErrSize):
		err = fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	return b, err
}
