package packagefmt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// maxJSONDepth bounds the nesting of a configuration file.
const maxJSONDepth = 16

// decodeJSON decodes one JSON object of at most MaxConfig bytes. A duplicate
// key is refused, because readers differ in which of the two they use. Unknown
// keys are ignored: later versions may add some.
func decodeJSON(b []byte, v any) error {
	if len(b) > MaxConfig {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrInvalid, len(b), MaxConfig)
	}
	if !utf8.Valid(b) {
		return fmt.Errorf("%w: not UTF-8", ErrInvalid)
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	if err := uniqueKeys(dec, 0); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return fmt.Errorf("%w: bytes after the JSON object", ErrInvalid)
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return nil
}

// uniqueKeys checks that no object in the next JSON value has a key twice.
func uniqueKeys(dec *json.Decoder, depth int) error {
	t, err := dec.Token()
	if err != nil {
		return err
	}
	open, ok := t.(json.Delim)
	if !ok {
		return nil
	}
	if depth == maxJSONDepth {
		return fmt.Errorf("JSON nested more than %d deep", maxJSONDepth)
	}
	seen := map[string]bool{}
	for dec.More() {
		if open == '{' {
			key, err := dec.Token()
			if err != nil {
				return err
			}
			name, _ := key.(string)
			name = strings.ToLower(name) // json.Unmarshal matches names without case
			if seen[name] {
				return fmt.Errorf("key %.60q occurs twice", name)
			}
			seen[name] = true
		}
		if err := uniqueKeys(dec, depth+1); err != nil {
			return err
		}
	}
	_, err = dec.Token()
	return err
}
