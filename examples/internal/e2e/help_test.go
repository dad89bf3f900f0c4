package e2e

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	contest "github.com/decloud-sdk/decloud-go/examples/contest/cli"
	creator "github.com/decloud-sdk/decloud-go/examples/creator/cli"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	runs "github.com/decloud-sdk/decloud-go/examples/run/cli"
	trainer "github.com/decloud-sdk/decloud-go/examples/trainer/cli"
	validator "github.com/decloud-sdk/decloud-go/examples/validator/cli"
)

// typed runs a command line, and returns all that it printed.
func typed(t *testing.T, a *app.App, args ...string) (code int, text string) {
	var out bytes.Buffer
	code = a.Run(t.Context(), args, app.IO{In: strings.NewReader(""), Out: &out, Err: &out, Env: func(string) string { return "" }})
	return code, out.String()
}

// everyCommand calls look with all commands that do something, of all apps.
func everyCommand(t *testing.T, look func(t *testing.T, a *app.App, path []string, c app.Command)) {
	var walk func(t *testing.T, a *app.App, path []string, all []app.Command)
	walk = func(t *testing.T, a *app.App, path []string, all []app.Command) {
		for _, c := range all {
			at := append(path[:len(path):len(path)], c.Name)
			walk(t, a, at, c.Sub)
			if c.Bind != nil {
				t.Run(a.Role+" "+strings.Join(at, " "), func(t *testing.T) { look(t, a, at, c) })
			}
		}
	}
	for _, a := range []*app.App{creator.App(), trainer.App(), validator.App(), runs.App(), contest.App()} {
		walk(t, a, nil, a.Commands)
	}
}

// unexplained is what package flag shows where nobody has said what a flag takes.
var unexplained = regexp.MustCompile(`(?m)^  (-\w+, )?--[\w.-]+ (int|uint|string|value|float|duration)\s`)

// ofAll are the flags that every command has.
var ofAll = regexp.MustCompile(`(?m)^  --(home|json) .*$`)

// Help says what each flag takes and means, gives an example that can be typed wherever something has to be
// named, and says what the exit status means.
func TestHelpOfEveryCommand(t *testing.T) {
	everyCommand(t, func(t *testing.T, a *app.App, path []string, c app.Command) {
		code, text := typed(t, a, append(path, "--help")...)
		require.Zero(t, code)
		require.NotRegexp(t, unexplained, text)
		require.NotRegexp(t, `(?m)^  (-\w+, )?--[\w.-]+\s*$`, text, "a flag without a meaning")
		require.Contains(t, text, "exit status: 0 done")
		_, example, found := strings.Cut(text, "\nexample: "+a.Name+" ")
		if !found {
			require.Empty(t, c.Args, "an example is missing")
			require.NotRegexp(t, `(?m)^  (-\w+, )?--`, ofAll.ReplaceAllString(text, ""), "an example is missing")
			return
		}
		example, _, _ = strings.Cut(example, "\n")
		require.True(t, strings.HasPrefix(example, strings.Join(path, " ")), example)
		code, text = typed(t, a, append(strings.Fields(example), "--help")...)
		require.Zero(t, code, "%s: %s", example, text)
	})
}

// Whatever sends transactions can be tried without sending any, but daemons, which send what falls due.
func TestEveryCommandThatSendsHasADryRun(t *testing.T) {
	daemons := map[string]bool{"trainer start": true, "validator start": true, "contest create": true, "contest miner": true, "contest validator": true}
	everyCommand(t, func(t *testing.T, a *app.App, path []string, c app.Command) {
		_, text := typed(t, a, append(path, "--help")...)
		name := a.Role + " " + strings.Join(path, " ")
		dry := strings.Contains(text, "\n  --dry-run ")
		if daemons[name] {
			require.True(t, c.Sends())
			return
		}
		require.Equal(t, c.Sends(), dry)
	})
}

// The variable of the secret key that help names is the one that the app reads.
func TestHelpNamesTheKeyVariable(t *testing.T) {
	for _, a := range []*app.App{runs.App(), contest.App()} {
		want, other := "DECLOUD_PRIVATE_KEY", "RAW_WALLET_PRIVATE_KEY"
		if a.Role == "run" {
			want, other = other, want
		}
		_, text := typed(t, a, "--help")
		require.Regexp(t, `(?m)^  `+want+` +the wallet's secret key`, text)
		require.NotContains(t, text, other)
	}
}
