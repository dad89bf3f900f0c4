package secrettest

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// panicEnv names the value that a child process panics with.
const panicEnv = "DECLOUD_TEST_PANIC"

// PanicIfAsked ends the process by a panic if it is a child that [CheckPanic] has started. TestMain calls it.
func PanicIfAsked(values map[string]any) {
	if name, ok := os.LookupEnv(panicEnv); ok {
		panic(values[name])
	}
}

// CheckPanic starts this test's program once more and fails where the runtime's message of a panic with the value of
// that name shows secret.
func CheckPanic(t *testing.T, secret, name string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), panicEnv+"="+name)
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "panic: ")
	for form, part := range Forms(secret) {
		require.NotContains(t, string(out), part, form)
	}
}
