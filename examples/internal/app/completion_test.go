package app

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCompletion(t *testing.T) {
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not installed")
	}
	script := typed(t.Context(), nil, "", "completion", "bash")
	require.Zero(t, script.code, script.err)
	for _, c := range []struct{ line, want string }{
		{"", "setup echo"}, {"se", "setup"}, {"rpc ", "set reset show"}, {"rpc se", "set"}, {"rpc set --w", "--ws"},
		{"echo --nu", "--number"}, {"echo one --lo", "--loud"}, {"completion z", "zsh"}, {"network --program", "--program-id"},
		{"setup --network ", "localnet devnet mainnet"}, {"setup --network d", "devnet"}, {"config --set cou", "count="}, {"echo one --dataset Mn", "Mnist"},
	} {
		words := strings.Split("decloud-test "+c.line, " ")
		run := exec.Command(shell, "-c", script.out+`
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _decloud_test; printf '%s\n' "${COMPREPLY[@]}"`, "bash")
		run.Args = append(run.Args, words...)
		out, err := run.CombinedOutput()
		require.NoError(t, err, string(out))
		got := strings.Fields(string(out))
		require.Subset(t, got, strings.Fields(c.want), c.line)
		for _, g := range got {
			require.True(t, strings.HasPrefix(g, words[len(words)-1]), "%s: %s", c.line, g)
		}
	}
	require.Equal(t, 2, typed(t.Context(), nil, "", "completion").code)
	require.Contains(t, typed(t.Context(), nil, "", "completion", "bahs").err, "did you mean bash?")
	require.Contains(t, typed(t.Context(), nil, "", "completion", "zsh").out, "#compdef decloud-test")
	require.Contains(t, typed(t.Context(), nil, "", "completion", "fish").out, "complete -c decloud-test")
}
