package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/decloud-sdk/decloud-go/chain"
)

// Exit statuses.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130 // as a shell reports a program that Ctrl-C ended
)

// usageError is a command line that makes no sense. It holds nothing of what
// was typed where a key could have been.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

// Usagef is an error about the command line: the exit status is 2.
func Usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// exit says how a command ended and gives the exit status.
func (a *App) exit(ctx context.Context, std IO, err error) int {
	switch {
	case err == nil:
		return exitDone
	case ctx.Err() != nil:
		stopped := errors.Is(err, context.Canceled) || errors.Is(err, context.Cause(ctx))
		if !stopped || errors.Is(err, chain.ErrUnconfirmed) {
			fmt.Fprintf(std.Err, "%s: %s\n", a.Name, message(err))
		}
		fmt.Fprintf(std.Err, "%s: stopped\n", a.Name)
		return exitInterrupted
	}
	fmt.Fprintf(std.Err, "%s: %s\n", a.Name, message(err))
	if hint := a.hint(err); hint != "" {
		fmt.Fprintf(std.Err, "%s\n", hint)
	}
	if errors.As(err, new(usageError)) {
		return exitUsage
	}
	return exitFailed
}

// message is an error's text, safe to show on a terminal.
func message(err error) string { return Plain(err.Error()) }

// Plain drops what would move a terminal's cursor: texts of strangers get into
// tables and errors. Line ends are kept.
func Plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u2028' || r == '\u2029' ||
			r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			return '\ufffd'
		}
		return r
	}, text)
}

// hint says what to do next about errors whose text cannot know this app.
func (a *App) hint(err error) string {
	var account *chain.AccountError
	switch {
	case errors.As(err, &account) && account.Kind == "Round" && errors.Is(err, chain.ErrNotFound):
		return "  No round has that number, or it was closed. How many there are: " + a.Name + " status"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "  Nobody listens there. For a chain of your own: go run ./examples/localnet\n" +
			"  For another network: " + a.Name + " network devnet --program-id ADDRESS"
	case errors.Is(err, chain.ErrNoSigner):
		return "  Name a wallet: " + a.Name + " setup --keypair-path FILE"
	case errors.Is(err, chain.ErrInsufficientFunds):
		return "  See what there is: " + a.Name + " balance"
	case errors.Is(err, chain.ErrKeypair) && errors.Is(err, fs.ErrNotExist):
		return "  Make a wallet: " + a.Name + " setup --new-wallet\n" +
			"  Use another one: " + a.Name + " setup --keypair-path FILE"
	}
	return ""
}
