package packagefmt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// maxJSONDepth bounds the nesting of a configuration file.
const maxJSONDepth = 16

// decodeJSON decodes one JSON object of at most MaxConfig bytes. It refuses what
// readers in other languages would read differently: a key that occurs twice, and
// one that is a key of the format but for its case, which json.Unmarshal would
// take for that key. Unknown keys are ignored: later versions may add some.
func decodeJSON(b []byte, v any) error {
	if len(b) > MaxConfig {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrInvalid, len(b), MaxConfig)
	}
	if !utf8.Valid(b) {
		return fmt.Errorf("%w: not UTF-8", ErrInvalid)
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	if err := checkKeys(dec, 0); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: empty or cut off; fetch or write it again", ErrInvalid)
	} else if err != nil {
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

// formatKeys are the keys that configuration files have.
var formatKeys = strings.Fields("type version task layers nodes inputs tied head metadata preprocessing split seed program round trainer files params " +
	"dataset embedding_dim num_samples head_params_ratio shape mean std classes resize size crop filter columns name values fill tokenizer audio rate samples mel n_fft win_length hop_length n_mels f_min f_max log_offset strategy ratio first_layer " +
	"schema kind near rows min max bytes adapter rank alpha dropout targets training epochs batch_size learning_rate optimizer schedule context metric")

// checkKey returns an error for a key like "Layers" or, with a long s, "layerſ".
func checkKey(key string) error {
	for _, k := range formatKeys {
		if key != k && strings.EqualFold(key, k) {
			return fmt.Errorf("key %.60q must be written %q", key, k)
		}
	}
	return nil
}

// checkKeys checks the keys of all objects in the next JSON value.
func checkKeys(dec *json.Decoder, depth int) error {
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
			if err := checkKey(name); err != nil {
				return err
			}
			if seen[name] {
				return fmt.Errorf("key %.60q occurs twice", name)
			}
			seen[name] = true
		}
		if err := checkKeys(dec, depth+1); err != nil {
			return err
		}
	}
	_, err = dec.Token()
	return err
}
