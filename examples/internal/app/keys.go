package app

import (
	"cmp"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/chain"
)

// isKey reports whether a text is a secret key.
func isKey(text string) bool {
	_, err := chain.ParseKeypair(text)
	return err == nil
}

// keyVariable is the variable of the environment that may hold the secret key.
func (a *App) keyVariable() string { return cmp.Or(a.KeyVariable, "DECLOUD_PRIVATE_KEY") }

// checkKeys refuses a command line with a secret key in a place that is not for
// keys, where it would be taken for a name or a path, be told in an error and
// perhaps be saved.
func (a *App) checkKeys(args []string) error {
	for i, arg := range args {
		switch {
		case i > 0 && slices.Contains([]string{"--private-key", "-private-key"}, args[i-1]):
		case strings.HasPrefix(arg, "--private-key=") || strings.HasPrefix(arg, "-private-key=") || strings.HasPrefix(arg, "private_key="):
		case slices.ContainsFunc(strings.FieldsFunc(arg, func(r rune) bool { return strings.ContainsRune("=:,/ ", r) }), isKey), isKey(arg):
			return Usagef("a secret key does not belong on the command line: name a key file, or set %s", a.keyVariable())
		}
	}
	return nil
}
