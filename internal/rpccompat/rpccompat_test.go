// Package rpccompat replays requests on Surfpool, an Agave runtime with JSON-RPC, and on the local chain, and compares
// the shapes of the answers and of the notifications: the names and types of all members; of tokens also what they say.
// Every difference is listed here with its reason.
package rpccompat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"
)

// node is one of the two chains, on which the same has happened.
type node struct {
	*scene
	t       *testing.T
	url, ws string
	sent    string // signature of a transfer
	tokens  string // signature of the transaction that makes and moves tokens
	slot    uint64 // of the transfer
}

// call returns the answer without the request's id.
func (n node) call(method string, params ...any) map[string]any {
	n.t.Helper()
	if params == nil {
		params = []any{}
	}
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	require.NoError(n.t, err)
	resp, err := http.Post(n.url, "application/json", bytes.NewReader(body))
	require.NoError(n.t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(n.t, err)
	var out map[string]any
	require.NoError(n.t, json.Unmarshal(raw, &out), "%s: %s", method, raw)
	delete(out, "id")
	return out
}

// shape lists the members of a value with their types. Of a list it takes the first element; a member that is named by a
// key, which differs from chain to chain, is KEY.
func shape(at string, v any, into map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		into[at] = "object"
		for name, member := range v {
			if _, err := solana.PublicKeyFromBase58(name); err == nil {
				name = "KEY"
			}
			shape(at+"."+name, member, into)
		}
	case []any:
		into[at] = "list"
		if len(v) > 0 {
			shape(at+"[]", v[0], into)
		}
	case nil:
		into[at] = "null"
	default:
		into[at] = fmt.Sprintf("%T", v)
	}
}

// content lists the members of a value with what they say.
func content(at string, v any, into map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		into[at] = "object"
		for name, member := range v {
			content(at+"."+name, member, into)
		}
	case []any:
		into[at] = fmt.Sprintf("list of %d", len(v))
		for i, element := range v {
			content(fmt.Sprintf("%s[%d]", at, i), element, into)
		}
	default:
		into[at] = fmt.Sprint(v)
	}
}

func TestShapes(t *testing.T) {
	a, b := both(t)
	differences := map[string]string{}
	for _, r := range requests {
		x, y := a.call(r.method, r.params(a)...), b.call(r.method, r.params(b)...)
		compare(differences, r.name(), shape, x, y)
		if r.same {
			compare(differences, r.name()+"says ", content, valueOf(x), valueOf(y))
		}
	}
	requireAccepted(t, accepted, differences)
}

// valueOf is what an answer says, without the slot in which it was true.
func valueOf(answer map[string]any) any {
	result, _ := answer["result"].(map[string]any)
	return result["value"]
}

// compare adds what is different in two messages as list lists them, Surfpool's first.
func compare(differences map[string]string, name string, list func(string, any, map[string]string), a, b any) {
	want, got := map[string]string{}, map[string]string{}
	list("", a, want)
	list("", b, got)
	names := maps.Clone(want)
	maps.Copy(names, got)
	for _, at := range slices.Sorted(maps.Keys(names)) {
		parent := at[:max(0, strings.LastIndexAny(at, ".["))]
		if want[at] != got[at] && want[parent] == got[parent] {
			differences[name+at] = want[at] + "/" + got[at]
		}
	}
}

func requireAccepted(t *testing.T, accepted reasons, differences map[string]string) {
	t.Helper()
	for why, places := range accepted {
		for _, at := range places {
			if _, ok := differences[at]; !ok {
				t.Errorf("accepted, but not different: %s (%s)", at, why)
			}
			delete(differences, at)
		}
	}
	for _, at := range slices.Sorted(maps.Keys(differences)) {
		t.Errorf("%s: Surfpool has %s", at, differences[at])
	}
}
