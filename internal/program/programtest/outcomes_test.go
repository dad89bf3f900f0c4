package programtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

func TestRareOutcomes(t *testing.T) {
	o := Outcomes{}
	for range 3 {
		o.Count("stake", svm.Result{})
	}
	failed := func(e svm.InstructionError) svm.Result {
		return svm.Result{Err: &svm.TransactionError{Kind: "InstructionError", Instruction: &e}}
	}
	o.Count("stake", failed(svm.InstructionError{Kind: "Custom", Code: 6026}))
	o.Count("stake", failed(svm.InstructionError{Kind: "MissingAccount"}))
	o.Count("stake", svm.Result{Err: &svm.TransactionError{Kind: "AccountNotFound"}})
	require.Equal(t, Outcomes{"stake ok": 3, "stake 6026": 1, "stake MissingAccount": 1, "stake AccountNotFound": 1}, o)

	expected := []string{"stake ok", "stake 3005"}
	require.Empty(t, o.Rare(expected[:1], 1))
	require.Equal(t, []string{"stake 3005"}, o.Rare(expected, 1))
	require.Equal(t, []string{"stake 3005", "stake 6026", "stake AccountNotFound", "stake MissingAccount"}, o.Rare(expected, 2))
	require.Len(t, o, 4, "what is expected is no outcome")
}
