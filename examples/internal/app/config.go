package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/examples/internal/userfile"
)

// configFile is the name of an app's settings in its directory.
const configFile = "config.json"

// maxConfig bounds what is read of settings, in bytes.
const maxConfig = 1 << 20

// Config is an app's settings: a struct that embeds [Common].
type Config interface {
	Base() *Common
	// Settings lists what can be set by name.
	Settings() []Setting
}

// Setting is one setting.
type Setting struct {
	Key, Help string
	Value     interface {
		Set(string) error
		String() string
	}
	// Show is what may be shown of the value. Default: all of it.
	Show func() string
	// reveal gives a secret's text to the file's writer; nil for what is none.
	reveal func() string
}

func (s Setting) shown() string {
	if s.Show != nil {
		return s.Show()
	}
	return s.Value.String()
}

// path of the settings.
func (c *Call) path() string { return filepath.Join(c.Home, configFile) }

// Load reads the app's settings over the defaults in cfg. That there are none
// yet is no error.
func (c *Call) Load(cfg Config) error {
	data, err := readPrivate(c.path(), maxConfig)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := decode(data, cfg); err != nil {
		return fmt.Errorf("%s: %w; fix it, or start over: %s", c.path(), err, c.Command("config --reset"))
	}
	if others := cfg.Base().others; len(others) > 0 {
		fmt.Fprintf(c.Err, "note: %s has settings that this app does not know (are they another app's?): %s\n", c.path(), unknown(others))
	}
	return nil
}

// unknown names settings, some of them where there are many.
func unknown(settings map[string]json.RawMessage) string {
	const shown = 5
	var names []string
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		names = append(names, Plain(fmt.Sprintf("%.40q", key)))
	}
	if more := len(names) - shown; more > 0 {
		names = append(names[:shown], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}

// readPrivate reads a file that only its owner may read.
func readPrivate(path string, limit int64) ([]byte, error) {
	f, info, err := userfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("others may read %s (mode %04o), and it can hold keys: run: chmod 600 %s", path, mode, path)
	}
	return userfile.ReadAll(f, limit)
}

// decode reads settings over the defaults in cfg. Its errors hold nothing of
// the data.
func decode(data []byte, cfg Config) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return plainJSON(data, err)
	}
	if fields == nil {
		return errors.New("not an object of settings")
	}
	known, err := encodeShown(cfg)
	if err != nil {
		return err
	}
	others := map[string]json.RawMessage{}
	for key, value := range fields {
		if _, ok := known[key]; !ok {
			others[key] = value
			delete(fields, key)
		}
	}
	exact, err := json.Marshal(fields) // the known ones, by their exact names
	if err != nil {
		return err
	}
	if err := json.Unmarshal(exact, cfg); err != nil {
		return plainJSON(exact, err)
	}
	cfg.Base().others = others
	for _, s := range cfg.Settings() { // ranges
		if s.reveal != nil {
			if s.reveal() == s.shown() && s.shown() != "" {
				return fmt.Errorf("%s holds the redacted form that is shown, not the key itself", s.Key)
			}
			continue
		}
		if err := s.Value.Set(s.Value.String()); err != nil {
			return fmt.Errorf("%s: %w", s.Key, err)
		}
	}
	return nil
}

// plainJSON says what is wrong with JSON without repeating any of it.
func plainJSON(data []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		line := 1 + bytes.Count(data[:min(syntax.Offset, int64(len(data)))], []byte("\n"))
		return fmt.Errorf("not JSON (line %d)", line)
	case errors.As(err, &kind) && kind.Field != "":
		return fmt.Errorf("%s has a value of the wrong kind (expected %s)", kind.Field, kind.Type.Kind())
	case errors.As(err, &kind):
		return errors.New("not an object of settings")
	}
	return err // of a value's own Set, which repeats nothing
}

// encodeShown are the settings as they are shown: secrets are redacted.
func encodeShown(cfg Config) (map[string]json.RawMessage, error) {
	data, err := json.Marshal(cfg)
	if err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	err = json.Unmarshal(data, &fields)
	return fields, err
}

// encode are the settings as the file holds them, secrets and all.
func encode(cfg Config) ([]byte, error) {
	fields, err := encodeShown(cfg)
	if err != nil {
		return nil, err
	}
	for key, value := range cfg.Base().others {
		fields[key] = value
	}
	for _, s := range cfg.Settings() {
		if s.reveal == nil {
			continue
		}
		if fields[s.Key], err = json.Marshal(s.reveal()); err != nil {
			return nil, err
		}
	}
	data, err := json.MarshalIndent(fields, "", "  ")
	return append(data, '\n'), err
}

// Save writes the settings: a file of mode 0600 that appears complete.
func (c *Call) Save(cfg Config) error {
	data, err := encode(cfg)
	if err != nil {
		return err
	}
	return writePrivate(c.path(), data)
}

// writePrivate writes a file that only its owner may read, complete or not at
// all.
func writePrivate(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := mkdirPrivate(dir); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".tmp-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func mkdirPrivate(dir string) error { return os.MkdirAll(dir, 0o700) }
