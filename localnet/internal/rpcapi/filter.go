package rpcapi

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/mr-tron/base58"

	"github.com/decloud-sdk/decloud-go/localnet/internal/jsonrpc"
)

// Limits of Agave's filters (rpc-client-types/src/filter.rs): 128 bytes and the
// lengths of their longest encodings.
const (
	maxFilters          = 4
	maxFilterBytes      = 128
	maxFilterBase58Text = 175
	maxFilterBase64Text = 172
)

// Filter is one condition on account data: exactly one member is set.
type Filter struct {
	size   *uint64
	memcmp *memcmp
}

type memcmp struct {
	offset uint64
	bytes  []byte
}

// UnmarshalJSON reads {"dataSize":n} or {"memcmp":{offset,bytes,encoding}},
// with bytes as base58 (the default), base64 or an array of numbers.
func (f *Filter) UnmarshalJSON(raw []byte) error {
	var in struct {
		DataSize *uint64 `json:"dataSize"`
		Memcmp   *struct {
			Offset   uint64          `json:"offset"`
			Bytes    json.RawMessage `json:"bytes"`
			Encoding string          `json:"encoding"`
		} `json:"memcmp"`
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return fmt.Errorf("filter: %w", err)
	}
	switch {
	case (in.DataSize == nil) == (in.Memcmp == nil):
		return errors.New("filter: exactly one of dataSize and memcmp is expected")
	case in.DataSize != nil:
		f.size = in.DataSize
		return nil
	}
	want, err := filterBytes(in.Memcmp.Bytes, in.Memcmp.Encoding)
	if err != nil {
		return fmt.Errorf("filter: memcmp: %w", err)
	}
	f.memcmp = &memcmp{in.Memcmp.Offset, want}
	return nil
}

func filterBytes(raw json.RawMessage, encoding string) ([]byte, error) {
	if len(raw) > 0 && raw[0] == '[' {
		var numbers []uint16 // not []byte, which encoding/json reads from base64
		if err := json.Unmarshal(raw, &numbers); err != nil {
			return nil, err
		}
		if len(numbers) > maxFilterBytes {
			return nil, errFilterTooLarge
		}
		out := make([]byte, len(numbers))
		for i, n := range numbers {
			if n > 255 {
				return nil, fmt.Errorf("byte %d is %d", i, n)
			}
			out[i] = byte(n)
		}
		return out, nil
	}
	var text *string
	if err := json.Unmarshal(raw, &text); err != nil || text == nil {
		return nil, errors.New("bytes must be a string or an array of numbers")
	}
	limit, decode := maxFilterBase58Text, base58.Decode
	switch encoding {
	case "", "binary", "base58":
	case "base64":
		limit, decode = maxFilterBase64Text, base64.StdEncoding.DecodeString
	default:
		return nil, fmt.Errorf("unknown encoding %.20q, expected base58 or base64", encoding)
	}
	if len(*text) > limit {
		return nil, errFilterTooLarge
	}
	if *text == "" {
		return nil, nil
	}
	out, err := decode(*text)
	if err == nil && len(out) > maxFilterBytes {
		return nil, errFilterTooLarge
	}
	return out, err
}

var errFilterTooLarge = fmt.Errorf("encoded data too large, at most %d bytes are compared", maxFilterBytes)

// CheckFilters refuses more filters than Agave accepts.
func CheckFilters(filters []Filter) error {
	if len(filters) > maxFilters {
		return jsonrpc.InvalidParams("Too many filters provided; max %d", maxFilters)
	}
	return nil
}

// Matches reports whether data passes every filter.
func Matches(filters []Filter, data []byte) bool {
	for _, f := range filters {
		if f.size != nil && uint64(len(data)) != *f.size {
			return false
		}
		if f.memcmp != nil && !f.memcmp.matches(data) {
			return false
		}
	}
	return true
}

func (m *memcmp) matches(data []byte) bool {
	return m.offset <= uint64(len(data)) && bytes.HasPrefix(data[m.offset:], m.bytes)
}
