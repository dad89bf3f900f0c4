package jsonrpc

import (
	"bytes"
	"encoding/json"
)

// encode is json.Marshal without escaping <, > and &: Solana's nodes do not
// escape them, and program logs are full of them.
func encode(v any) (json.RawMessage, error) {
	if raw, ok := v.(json.RawMessage); ok {
		return raw, nil
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(buf.Bytes(), "\n"), nil
}

// Notification returns the message of a subscription:
// {"jsonrpc":"2.0","method":…,"params":{"result":…,"subscription":id}}.
func Notification(method string, subscription uint64, result any) ([]byte, error) {
	type params struct {
		Result       any    `json:"result"`
		Subscription uint64 `json:"subscription"`
	}
	return encode(struct {
		Version string `json:"jsonrpc"`
		Method  string `json:"method"`
		Params  params `json:"params"`
	}{"2.0", method, params{result, subscription}})
}

func success(id, result json.RawMessage) []byte { return envelope("result", result, id) }

func failure(id json.RawMessage, rpcErr *Error) []byte {
	raw, err := encode(rpcErr)
	if err != nil { // Data cannot be encoded: leave it out
		raw, _ = encode(&Error{Code: rpcErr.Code, Message: rpcErr.Message})
	}
	return envelope("error", raw, id)
}

func envelope(member string, value, id json.RawMessage) []byte {
	if id == nil {
		id = json.RawMessage("null")
	}
	out := make([]byte, 0, len(value)+len(id)+40)
	out = append(out, `{"jsonrpc":"2.0","`...)
	out = append(out, member...)
	out = append(out, `":`...)
	out = append(out, value...)
	out = append(out, `,"id":`...)
	out = append(out, id...)
	return append(out, '}')
}
