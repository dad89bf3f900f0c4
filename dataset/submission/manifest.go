package submission

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/decloud-sdk/decloud-go/dataset/internal/jsonrow"
)

// Names of the files of a submission.
const (
	ManifestFile = "data.json"
	LinesFile    = "data.jsonl"
	ArrayFile    = "data.npz"
	TrainDir     = "train"
)

// Version is the only version of data.json.
const Version = 1

// maxWord bounds what data.json says of license and source, in bytes.
const maxWord = 1024

// maxTrainer bounds what it says of the trainer.
const maxTrainer = 64

// Manifest is data.json.
type Manifest struct {
	Version int    `json:"version"` // 1
	Schema  Kind   `json:"schema"`  // the kind of rows
	Rows    int    `json:"rows"`    // how many there are
	License string `json:"license"` // of the data, as SPDX names it; at most 1,024 bytes
	Source  string `json:"source"`  // where the data is from; at most 1,024 bytes
	// Trainer is the address of the wallet that submits it; empty where it does not say. A submission of
	// another scores 0.
	Trainer string `json:"trainer,omitempty"`
	// Files holds the SHA-256 of every file of rows, in lower-case hex, by its slash-separated
	// path.
	Files map[string]string `json:"files"`
}

// maxManifest bounds data.json in bytes: only pictures have many files.
func (s Schema) maxManifest() int64 {
	if s.Kind == Pictures {
		return 64<<10 + 512*int64(s.MaxRows)
	}
	return 64 << 10
}

// parseManifest reads data.json. Unknown keys are ignored: nothing depends on them.
func parseManifest(b []byte) (m Manifest, err error) {
	seen := map[string]bool{}
	var row jsonrow.Row
	for row.Reset(b); row.Next(); {
		name := string(row.Name())
		if seen[name] {
			return m, fmt.Errorf("key %.60q occurs twice", name)
		}
		seen[name] = true
		if err := m.set(name, row.Value()); err != nil {
			return m, fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := row.Err(); err != nil {
		return m, err
	}
	for _, name := range []string{"version", "schema", "rows", "license", "source", "files"} {
		if !seen[name] {
			return m, fmt.Errorf("%s is missing", name)
		}
	}
	return m, m.check()
}

func (m *Manifest) set(name string, value []byte) (err error) {
	switch name {
	case "version":
		m.Version, err = wholeNumber(value)
	case "rows":
		m.Rows, err = wholeNumber(value)
	case "schema":
		var kind string
		kind, err = text(value)
		m.Schema = Kind(kind)
	case "license":
		m.License, err = text(value)
	case "source":
		m.Source, err = text(value)
	case "trainer":
		m.Trainer, err = text(value)
	case "files":
		m.Files, err = parseFiles(value)
	}
	return err
}

func (m Manifest) check() error {
	switch {
	case m.Version != Version:
		return fmt.Errorf("version %d: want %d", m.Version, Version)
	case !m.Schema.Known():
		return fmt.Errorf("schema %.60q is none of the four kinds", m.Schema)
	case len(m.License) > maxWord || len(m.Source) > maxWord:
		return fmt.Errorf("license or source has more than %d bytes", maxWord)
	case len(m.Trainer) > maxTrainer:
		return fmt.Errorf("trainer has more than %d bytes", maxTrainer)
	case len(m.Files) == 0:
		return fmt.Errorf("files is empty")
	}
	return nil
}

// parseFiles reads the object of checksums.
func parseFiles(value []byte) (map[string]string, error) {
	files := map[string]string{}
	var row jsonrow.Row
	for row.Reset(value); row.Next(); {
		name := string(row.Name())
		if _, twice := files[name]; twice {
			return nil, fmt.Errorf("%.60q occurs twice", name)
		}
		sum, err := text(row.Value())
		if err != nil {
			return nil, fmt.Errorf("%.60q: %w", name, err)
		}
		if b, err := hex.DecodeString(sum); err != nil || len(b) != 32 || sum != strings.ToLower(sum) {
			return nil, fmt.Errorf("%.60q: %.80q is no SHA-256 in lower-case hex", name, sum)
		}
		files[name] = sum
	}
	return files, row.Err()
}

func wholeNumber(value []byte) (int, error) {
	n, err := strconv.ParseUint(string(value), 10, 31)
	if err != nil || len(value) > 1 && value[0] == '0' {
		return 0, fmt.Errorf("%.40q is not a whole number", value)
	}
	return int(n), nil
}

// text is what a value of JSON says that must be a string.
func text(value []byte) (string, error) {
	if !jsonrow.IsString(value) {
		return "", fmt.Errorf("%.40q is no string", value)
	}
	return jsonrow.Text(value)
}

// encode is data.json as the builder writes it.
func (m Manifest) encode() ([]byte, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(m)
	return []byte(b.String()), err
}
