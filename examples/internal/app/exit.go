package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"syscall"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/trainer"
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
func (c *Call) exit(ctx context.Context, err error) int {
	switch {
	case err == nil:
		return exitDone
	case ctx.Err() != nil:
		stopped := errors.Is(err, context.Canceled) || errors.Is(err, context.Cause(ctx))
		text := "stopped"
		if !stopped || errors.Is(err, chain.ErrUnconfirmed) {
			text = message(err) + "\n" + c.App.Name + ": stopped"
		}
		return c.failed(failure{text, "", exitInterrupted})
	case errors.As(err, new(usageError)):
		return c.failed(failure{message(err), c.hint(err), exitUsage})
	}
	return c.failed(failure{message(err), c.hint(err), exitFailed})
}

// failure is how a command failed, as --json says it on the standard error: the last
// line there, behind what was noted on the way.
type failure struct {
	Error string `json:"error"`
	Hint  string `json:"hint,omitempty"`
	Code  int    `json:"code"` // the exit status
}

func (c *Call) failed(f failure) int {
	if c.JSON {
		e := json.NewEncoder(c.Err)
		e.SetEscapeHTML(false)
		_ = e.Encode(f) // there is nowhere else to say it
		return f.Code
	}
	fmt.Fprintf(c.Err, "%s: %s\n", c.App.Name, f.Error)
	if f.Hint != "" {
		fmt.Fprintf(c.Err, "%s\n", f.Hint)
	}
	return f.Code
}

// message is an error's text, safe to show on a terminal.
func message(err error) string { return Plain(inWords(err.Error())) }

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

// hint says what to do next about errors whose text cannot know this app: its own hint,
// or those lines that name only commands which it has.
func (c *Call) hint(err error) string {
	if c.App.Hint != nil {
		if hint := c.App.Hint(c, err); hint != "" {
			return hint
		}
	}
	var known hintError
	if errors.As(err, &known) {
		return known.hint
	}
	var account *chain.AccountError
	var op *net.OpError
	var lines []string
	say := func(what, command string) {
		name, _, _ := strings.Cut(command, " ")
		if _, has := named(c.App.Commands, name); has {
			lines = append(lines, fmt.Sprintf("  %s: %s", what, c.Command(command)))
		}
	}
	switch {
	case errors.As(err, &account) && account.Kind == "Round" && errors.Is(err, chain.ErrNotFound):
		say("No round has that number, or it was closed. How many there are", "status")
	case errors.As(err, &op) && op.Op == "proxyconnect":
		lines = append(lines, "  The proxy that HTTP_PROXY or HTTPS_PROXY in the environment names cannot be reached; NO_PROXY names hosts that need none")
	case errors.As(err, new(*storage.Error)) && errors.Is(err, syscall.ECONNREFUSED):
		lines = append(lines, "  Nobody listens there: is that node running? Where packages are: kubo_url, gateways, car_dir")
		say("Those settings", "config --show")
	case errors.Is(err, syscall.ECONNREFUSED):
		lines = append(lines, "  Nobody listens there. For a chain of your own: go run ./examples/localnet")
		say("For another network", "network devnet --program-id ADDRESS")
	case errors.Is(err, chain.ErrNoSigner):
		say("Name a wallet", "setup --keypair-path FILE")
	case errors.Is(err, packagefmt.ErrNoEncoder):
		lines = append(lines, "  For this once: --test-embeddings")
	case errors.Is(err, storage.ErrNoRoom):
		say("Give it more room, in GiB", "config --set cache_gb=32")
	case errors.Is(err, trainer.ErrSpending):
		say("Allow more SOL a day", "config --set max_spending=SOL")
	case errors.Is(err, trainer.ErrFloor):
		say("Fund the wallet, or let less stay in it", "config --set min_balance=SOL")
	case errors.Is(err, chain.ErrInsufficientFunds):
		say("See what there is", strings.TrimSpace("balance "+c.keyFlags))
		if c.network == localnet || c.network == devnet {
			say("Get some for free", strings.TrimSpace("airdrop 2 "+c.keyFlags))
		}
	case errors.Is(err, chain.ErrKeypair) && errors.Is(err, fs.ErrNotExist):
		say("Make a wallet", "setup --new-wallet")
		say("Use another one", "setup --keypair-path FILE")
	}
	return strings.Join(lines, "\n")
}
