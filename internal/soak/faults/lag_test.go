package faults

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNodeThatLagsShowsNothingNewer(t *testing.T) {
	var a answers
	a.keep([]byte(`{"id":1,"method":"getBalance","params":["k"]}`), []byte(`{"jsonrpc":"2.0","id":1,"result":{"value":7}}`))
	require.JSONEq(t, `{"jsonrpc":"2.0","id":"x","result":{"value":7}}`, string(a.recall([]byte(`{"id":"x","method":"getBalance","params":["k"]}`))))
	require.JSONEq(t, `{"jsonrpc":"2.0","id":2,"result":{"context":{"slot":1},"value":null}}`,
		string(a.recall([]byte(`{"id":2,"method":"getAccountInfo","params":["new"]}`))))
	for _, passes := range []string{`{"id":2,"method":"sendTransaction","params":["tx"]}`, `{"id":2,"method":"getBalance","params":["other"]}`, `[]`, `no JSON`} {
		require.Nil(t, a.recall([]byte(passes)), passes)
	}
	a.keep([]byte(`{"id":1,"method":"getSlot"}`), []byte(`{"error":{"code":1}}`))
	require.Nil(t, a.recall([]byte(`{"id":1,"method":"getSlot"}`)), "an error is no answer")
	a.forget()
	require.Nil(t, a.recall([]byte(`{"id":2,"method":"getBalance","params":["k"]}`)))
}
