package jsonrpc

import (
	"bytes"
	"encoding/json"
)

// Params holds the positional arguments of one call, not yet decoded.
type Params []json.RawMessage

// Count checks that there are minimum to maximum arguments.
func (p Params) Count(minimum, maximum int) error {
	switch {
	case maximum == 0 && len(p) > 0:
		return InvalidParams("Invalid parameters: No parameters were expected")
	case len(p) < minimum:
		return InvalidParams("`params` should have at least %d argument(s)", minimum)
	case len(p) > maximum:
		return InvalidParams("Invalid parameters: Expected from %d to %d parameters. Got: %d", minimum, maximum, len(p))
	}
	return nil
}

// Has reports whether argument i is there and not null.
func (p Params) Has(i int) bool {
	return i < len(p) && !bytes.Equal(bytes.TrimSpace(p[i]), []byte("null"))
}

// Decode reads argument i into v. If it is absent or null, v keeps its value,
// which may be the default.
func (p Params) Decode(i int, v any) error {
	if !p.Has(i) {
		return nil
	}
	if err := json.Unmarshal(p[i], v); err != nil {
		return InvalidParams("Invalid params: argument %d: %v", i, err)
	}
	return nil
}

// Require reads argument i into v; absent or null is an error.
func (p Params) Require(i int, v any) error {
	if !p.Has(i) {
		return InvalidParams("Invalid params: argument %d is missing", i)
	}
	return p.Decode(i, v)
}

// parseParams parses the params member of a request: absent, null or an array.
// Solana's methods have no named arguments.
func parseParams(raw json.RawMessage) (Params, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return nil, nil
	}
	if raw[0] != '[' {
		return nil, InvalidParams("`params` should be an array")
	}
	var p Params
	if err := json.Unmarshal(raw, &p); err != nil {
		return nil, InvalidParams("Invalid params: %v", err)
	}
	return p, nil
}
