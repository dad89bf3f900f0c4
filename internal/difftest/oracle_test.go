package difftest

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/litesvm"
	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// oracle is a litesvm that must answer.
type oracle struct {
	t       testing.TB
	process *litesvm.Process
}

// missing skips a test whose tools are not installed, or fails it in CI.
func missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// newOracle starts litesvm; the process ends with the test.
func newOracle(t testing.TB) *oracle {
	t.Helper()
	if err := litesvm.Installed(); err != nil {
		missing(t, "%v", err)
	}
	process, err := litesvm.Start()
	require.NoError(t, err)
	t.Cleanup(func() { _ = process.Stop() })
	return &oracle{t, process}
}

// call sends a request and waits for the reply.
func (o *oracle) call(r litesvm.Request) litesvm.Reply {
	o.t.Helper()
	reply, err := o.process.Call(r)
	require.NoError(o.t, err)
	return reply
}

// debug formats an error as Rust's Debug does.
func debug(e *svm.TransactionError) string {
	switch {
	case e == nil:
		return ""
	case e.Kind == "InstructionError" && e.Instruction.Kind == "Custom":
		return fmt.Sprintf("InstructionError(%d, Custom(%d))", e.Index, e.Instruction.Code)
	case e.Kind == "InstructionError":
		return fmt.Sprintf("InstructionError(%d, %s)", e.Index, e.Instruction.Kind)
	case e.Kind == "DuplicateInstruction":
		return fmt.Sprintf("DuplicateInstruction(%d)", e.Index)
	case e.Kind == "InsufficientFundsForRent":
		return fmt.Sprintf("InsufficientFundsForRent { account_index: %d }", e.Index)
	}
	return e.Kind
}
