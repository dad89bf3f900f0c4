package programtest

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"
)

// A LoggedEvent is an event as an IDL reads it from a log.
type LoggedEvent struct {
	Name   string
	Fields map[string]any // as Go has the IDL's types; arrays of bytes are [32]byte, or else []byte
}

// Said builds a LoggedEvent from names, each followed by its value.
func Said(name string, fields ...any) LoggedEvent {
	e := LoggedEvent{name, map[string]any{}}
	for i := 0; i < len(fields); i += 2 {
		e.Fields[fields[i].(string)] = fields[i+1]
	}
	return e
}

// Logged reads the events in a log by their layouts in the IDL. It fails where one is not listed, or is not exactly as long
// as its fields.
func (idl IDL) Logged(t testing.TB, logs []string) (out []LoggedEvent) {
	t.Helper()
	for _, line := range logs {
		text, ok := strings.CutPrefix(line, "Program data: ")
		if !ok {
			continue
		}
		data, err := base64.StdEncoding.DecodeString(text)
		require.NoError(t, err)
		out = append(out, idl.event(t, data))
	}
	return out
}

func (idl IDL) event(t testing.TB, data []byte) LoggedEvent {
	t.Helper()
	require.Greater(t, len(data), 7)
	for _, e := range idl.Events {
		if !e.is(data) {
			continue
		}
		r := &eventReader{t, data[8:]}
		out := Said(e.Name)
		for _, f := range idl.Fields(t, e.Name) {
			out.Fields[f.Name] = r.value(f.Type)
		}
		require.Empty(t, r.rest, "%s is longer than its fields", e.Name)
		return out
	}
	require.Fail(t, "the IDL has no such event", "%x", data)
	return LoggedEvent{}
}

// is reports whether data begins with the item's discriminator.
func (item IDLItem) is(data []byte) bool {
	for i, b := range item.Discriminator {
		if int(data[i]) != b {
			return false
		}
	}
	return true
}

// An eventReader reads values in Borsh.
type eventReader struct {
	t    testing.TB
	rest []byte
}

func (r *eventReader) take(n int) []byte {
	r.t.Helper()
	require.GreaterOrEqual(r.t, len(r.rest), n, "an event is shorter than its fields")
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

func (r *eventReader) value(raw json.RawMessage) any {
	r.t.Helper()
	var name string
	if json.Unmarshal(raw, &name) != nil {
		return r.array(raw)
	}
	le := binary.LittleEndian
	switch name {
	case "bool":
		b := r.take(1)[0]
		require.LessOrEqual(r.t, b, byte(1))
		return b == 1
	case "u8":
		return r.take(1)[0]
	case "i8":
		return int8(r.take(1)[0])
	case "u16":
		return le.Uint16(r.take(2))
	case "u32":
		return le.Uint32(r.take(4))
	case "u64":
		return le.Uint64(r.take(8))
	case "i64":
		return int64(le.Uint64(r.take(8)))
	case "pubkey":
		return solana.PublicKey(r.take(32))
	case "string":
		return string(r.take(int(le.Uint32(r.take(4)))))
	case "bytes":
		return append([]byte{}, r.take(int(le.Uint32(r.take(4))))...)
	}
	require.Fail(r.t, "the IDL has an unknown type", name)
	return nil
}

// array reads an array of bytes, the only one that events have.
func (r *eventReader) array(raw json.RawMessage) any {
	r.t.Helper()
	var of struct {
		Array []json.RawMessage `json:"array"`
	}
	require.NoError(r.t, json.Unmarshal(raw, &of), string(raw))
	require.Len(r.t, of.Array, 2, string(raw))
	require.Equal(r.t, `"u8"`, string(of.Array[0]))
	n, err := strconv.Atoi(string(of.Array[1]))
	require.NoError(r.t, err)
	if n == 32 {
		return [32]byte(r.take(32))
	}
	return append([]byte{}, r.take(n)...)
}
