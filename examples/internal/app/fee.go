package app

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
)

// Fee is a priority fee, in millionths of a lamport for each compute unit: a number,
// or found from what others paid.
type Fee struct {
	Fixed uint64
	Auto  bool
}

// auto stands for a fee that is found.
const auto = "auto"

// Set implements flag.Value.
func (f *Fee) Set(text string) error {
	text = strings.TrimSpace(text)
	if strings.EqualFold(text, auto) {
		*f = Fee{Auto: true}
		return nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return errors.New("expected " + auto + " or a number from 0 to " + strconv.FormatUint(math.MaxUint64, 10))
	}
	*f = Fee{Fixed: n}
	return nil
}

// String implements flag.Value.
func (f *Fee) String() string {
	if f == nil {
		return "0"
	}
	if f.Auto {
		return auto
	}
	return strconv.FormatUint(f.Fixed, 10)
}

// MarshalJSON implements json.Marshaler: a number, or "auto".
func (f Fee) MarshalJSON() ([]byte, error) {
	if f.Auto {
		return json.Marshal(auto)
	}
	return json.Marshal(f.Fixed)
}

// UnmarshalJSON implements json.Unmarshaler.
func (f *Fee) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	return f.Set(strings.Trim(string(data), `"`))
}
