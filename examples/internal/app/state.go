package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
)

// maxState bounds what is read of an app's own state, in bytes.
const maxState = 4 << 20

// ReadState reads a JSON file of the app's directory into v; that there is none
// yet is no error.
func (c *Call) ReadState(name string, v any) error {
	path := filepath.Join(c.Home, name)
	data, err := readPrivate(path, maxState)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(data, v)
	}
	if err != nil {
		return fmt.Errorf("%s: %w; it holds no keys: you can delete it", path, err)
	}
	return nil
}

// WriteState writes a JSON file in the app's directory, complete or not at all.
func (c *Call) WriteState(name string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return writePrivate(filepath.Join(c.Home, name), append(data, '\n'))
}
