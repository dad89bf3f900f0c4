package jsonrpc

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func testDispatcher() *Dispatcher {
	return NewDispatcher(map[string]Method{
		"echo": func(_ context.Context, p Params) (any, error) {
			if err := p.Count(1, 1); err != nil {
				return nil, err
			}
			var s string
			err := p.Require(0, &s)
			return s, err
		},
		"say": func(_ context.Context, p Params) (any, error) {
			var s string
			err := p.Require(0, &s)
			return s, err
		},
		"big":   func(context.Context, Params) (any, error) { return strings.Repeat("x", 100), nil },
		"panic": func(context.Context, Params) (any, error) { panic("oh") },
		"fail":  func(context.Context, Params) (any, error) { return nil, errors.New("broken") },
		"data":  func(context.Context, Params) (any, error) { return nil, &Error{Code: -32002, Message: "m", Data: 1} },
		"bad":   func(context.Context, Params) (any, error) { return func() {}, nil },
	}, Limits{Batch: 3, ResponseBytes: 150})
}

func TestServe(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"result", `{"jsonrpc":"2.0","id":1,"method":"say","params":["a<b"]}`, `{"jsonrpc":"2.0","result":"a<b","id":1}`},
		{"string id", `{"jsonrpc":"2.0","id":"x","method":"say","params":["a"]}`, `{"jsonrpc":"2.0","result":"a","id":"x"}`},
		{"null id", `{"jsonrpc":"2.0","id":null,"method":"say","params":["a"]}`, `{"jsonrpc":"2.0","result":"a","id":null}`},
		{"notification", `{"jsonrpc":"2.0","method":"say","params":["a"]}`, ``},
		{"batch", `[{"jsonrpc":"2.0","id":1,"method":"say","params":["a"]},{"jsonrpc":"2.0","method":"say"},{"jsonrpc":"2.0","id":2,"method":"say","params":["b"]}]`,
			`[{"jsonrpc":"2.0","result":"a","id":1},{"jsonrpc":"2.0","result":"b","id":2}]`},
		{"batch of notifications", `[{"jsonrpc":"2.0","method":"say","params":["a"]}]`, ``},
		{"error with data", `{"jsonrpc":"2.0","id":1,"method":"data"}`, `{"jsonrpc":"2.0","error":{"code":-32002,"message":"m","data":1},"id":1}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, string(testDispatcher().Serve(t.Context(), []byte(c.in))))
		})
	}
}

func TestServeRefuses(t *testing.T) {
	for _, c := range []struct {
		name, in, id string
		code         int
		message      string
	}{
		{"empty body", ``, `null`, CodeParse, "Parse error"},
		{"no json", `{"jsonrpc"`, `null`, CodeParse, "Parse error"},
		{"broken batch", `[{"jsonrpc":`, `null`, CodeParse, "Parse error"},
		{"scalar", `7`, `null`, CodeInvalidRequest, "Invalid request"},
		{"empty batch", `[]`, `null`, CodeInvalidRequest, "empty batch"},
		{"large batch", `[1,2,3,4]`, `null`, CodeInvalidRequest, "at most 3"},
		{"no version", `{"id":1,"method":"say"}`, `1`, CodeInvalidRequest, "version"},
		{"no method", `{"jsonrpc":"2.0","id":1}`, `1`, CodeInvalidRequest, "method is missing"},
		{"method is a number", `{"jsonrpc":"2.0","id":1,"method":5}`, `1`, CodeInvalidRequest, "Invalid request"},
		{"id is an object", `{"jsonrpc":"2.0","id":{},"method":"say"}`, `null`, CodeInvalidRequest, "id must be"},
		{"unknown method", `{"jsonrpc":"2.0","id":1,"method":"nope"}`, `1`, CodeMethodNotFound, "Method not found"},
		{"params is an object", `{"jsonrpc":"2.0","id":1,"method":"say","params":{}}`, `1`, CodeInvalidParams, "should be an array"},
		{"argument missing", `{"jsonrpc":"2.0","id":1,"method":"say"}`, `1`, CodeInvalidParams, "argument 0 is missing"},
		{"argument null", `{"jsonrpc":"2.0","id":1,"method":"say","params":[null]}`, `1`, CodeInvalidParams, "argument 0 is missing"},
		{"argument of wrong type", `{"jsonrpc":"2.0","id":1,"method":"say","params":[5]}`, `1`, CodeInvalidParams, "argument 0"},
		{"too many arguments", `{"jsonrpc":"2.0","id":1,"method":"echo","params":["a","b"]}`, `1`, CodeInvalidParams, "Got: 2"},
		{"plain error", `{"jsonrpc":"2.0","id":1,"method":"fail"}`, `1`, CodeInternal, "broken"},
		{"panic", `{"jsonrpc":"2.0","id":1,"method":"panic"}`, `1`, CodeInternal, "panic panicked: oh"},
		{"result that cannot be encoded", `{"jsonrpc":"2.0","id":1,"method":"bad"}`, `1`, CodeInternal, "Internal error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got struct {
				Error Error
				ID    json.RawMessage
			}
			require.NoError(t, json.Unmarshal(testDispatcher().Serve(t.Context(), []byte(c.in)), &got))
			require.Equal(t, c.code, got.Error.Code)
			require.Contains(t, got.Error.Message, c.message)
			require.Equal(t, c.id, string(got.ID))
		})
	}
}

func TestServeBoundsTheAnswerOfABatch(t *testing.T) {
	call := `{"jsonrpc":"2.0","id":1,"method":"big"}`
	out := string(testDispatcher().Serve(t.Context(), []byte("["+call+","+call+"]")))
	require.Equal(t, 1, strings.Count(out, `"result":"xxx`))
	require.Equal(t, 1, strings.Count(out, `"code":-32603`))
}

func TestServeStopsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	out := testDispatcher().Serve(ctx, []byte(`{"jsonrpc":"2.0","id":1,"method":"big"}`))
	require.Contains(t, string(out), "context canceled")
}

func TestHTTP(t *testing.T) {
	h := HTTP{Dispatcher: testDispatcher(), MaxBody: 64}
	for _, c := range []struct {
		name, method, path, contentType, body string
		status                                int
		want                                  string
	}{
		{"call", "POST", "/", "application/json", `{"jsonrpc":"2.0","id":1,"method":"say","params":["a"]}`, 200, `"result":"a"`},
		{"charset", "POST", "/", "application/json; charset=utf-8", `{}`, 200, `"error"`},
		{"parse error is still 200", "POST", "/", "application/json", `{`, 200, `-32700`},
		{"health", "GET", "/health", "", "", 200, "ok"},
		{"get", "GET", "/", "", "", 405, "POST"},
		{"form", "POST", "/", "text/plain", `{}`, 415, "application/json"},
		{"too large", "POST", "/", "application/json", strings.Repeat(" ", 65), 413, "larger"},
	} {
		t.Run(c.name, func(t *testing.T) {
			req := httptest.NewRequest(c.method, c.path, strings.NewReader(c.body))
			req.Header.Set("Content-Type", c.contentType)
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, req)
			require.Equal(t, c.status, rec.Code)
			require.Contains(t, rec.Body.String(), c.want)
		})
	}
	require.Implements(t, (*http.Handler)(nil), h)
}

// Whatever arrives, the answer is empty or JSON as specified, with exactly one
// of result and error.
func FuzzServe(f *testing.F) {
	for _, s := range []string{``, `[]`, `[1]`, `{"jsonrpc":"2.0","id":1,"method":"say","params":["a"]}`, `{"jsonrpc":"2.0","id":{},"method":"panic"}`, `[{"jsonrpc":"2.0","id":"\u0000","method":"data"}]`} {
		f.Add([]byte(s))
	}
	d := testDispatcher()
	f.Fuzz(func(t *testing.T, in []byte) {
		out := d.Serve(t.Context(), in)
		if out == nil {
			return
		}
		var answers []map[string]json.RawMessage
		if out[0] != '[' {
			out = append(append([]byte{'['}, out...), ']')
		}
		require.NoError(t, json.Unmarshal(out, &answers))
		for _, a := range answers {
			_, result := a["result"]
			_, failed := a["error"]
			require.NotEqual(t, result, failed)
			require.Equal(t, `"2.0"`, string(a["jsonrpc"]))
			require.Contains(t, a, "id")
		}
	})
}
