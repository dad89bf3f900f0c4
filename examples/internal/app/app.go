package app

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/decloud-sdk/decloud-go/chain"
)

// App is a program of commands.
type App struct {
	Name    string // as it is typed: "decloud-creator"
	Summary string
	// Role names the app's directory: ~/.decloud-<role>.
	Role     string
	Commands []Command
	// NewConfig makes settings with their defaults.
	NewConfig func() Config
	// Hint, if set, says what to do next about an error, in whole lines; "" leaves it
	// to what all apps say.
	Hint func(c *Call, err error) string
	// KeyVariable is the variable of the environment that may hold the wallet's secret key (default DECLOUD_PRIVATE_KEY).
	KeyVariable string
	// Values are what flags take, by flag, for completion, beside what all apps know.
	Values map[string][]string
	// Examples show how commands are typed, by their names ("rpc set"), without the app's
	// name. They stand above those that all apps have.
	Examples map[string]string
	// Extras are what needs modules of their own.
	Extras Extras
}

// Command is one thing that an app can do, or a group of such.
type Command struct {
	Name    string
	Args    string // as help shows them: "<round_id>"
	Summary string // one line
	Long    string // what help says below it
	Sub     []Command
	// Bind declares the command's flags and returns what to do once they are
	// parsed. Nil for a group.
	Bind func(fs *flag.FlagSet) Action

	sends bool // transactions: see Spends and Serves
}

// Action does what a command is for.
type Action func(ctx context.Context, c *Call) error

// Call is one use of a command.
type Call struct {
	App      *App
	Name     string   // of the command: "rpc set"
	Args     []string // what is not a flag
	In       io.Reader
	Out, Err io.Writer
	Env      func(string) string
	Home     string // the app's own directory
	program  string // as it was started; empty: the app's name
	homeFlag string // what --home said
	keyFile  string // of the wallet that this call uses; empty: as environment and settings say
	keyFlags string // that named it
	network  string // that this call's clients are for; empty: it made none yet
	JSON     bool   // the result goes to Out as one JSON object

	console Console                   // nil: nobody is there to be asked
	live    *liveView                 // nil: there is none
	works   works                     // that go on
	telling sync.Mutex                // of events
	streams bool                      // events go to Out, a line each
	dry     *rehearsal                // nil: this is in earnest
	sends   bool                      // the command was declared to send transactions
	record  *record                   // nil: no report is asked for
	done    <-chan struct{}           // closed when the command is interrupted
	wallets map[string]*chain.Keypair // that were decrypted, by path: each time costs a second and a passphrase
}

// IO is where an app gets its input and puts its output.
type IO struct {
	In       io.Reader
	Out, Err io.Writer
	Env      func(string) string // as os.Getenv
	Program  string              // how the app was started, for hints; default: its name
	Console  Console             // the terminal; nil: there is none
}

// Run runs one command line, without the program's name, and returns the exit
// status: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
func (a *App) Run(ctx context.Context, args []string, std IO) int {
	c := &Call{App: a, In: std.In, Out: std.Out, Err: std.Err, Env: std.Env, program: std.Program, console: std.Console, done: ctx.Done()}
	return c.exit(ctx, a.run(ctx, args, std, c))
}

// Command is a command line of this app as the user would type it: with the program as
// it was started and the directory that was named.
func (c *Call) Command(line string) string {
	line = c.started() + " " + line
	if c.homeFlag != "" {
		line += " --home " + ShellWord(c.homeFlag)
	}
	return line
}

// Commandf is Command of a format; what is put into it is quoted as a shell needs it.
func (c *Call) Commandf(format string, args ...any) string {
	return c.Command(inShell(format, args))
}

// inShell is a format with words quoted as a shell needs them.
func inShell(format string, args []any) string {
	words := make([]any, len(args))
	for i, a := range args {
		words[i] = ShellWord(fmt.Sprint(a))
	}
	return fmt.Sprintf(format, words...)
}

// Other is a command line of another app, under the name that goes with how this one was
// started: whoever installed decloud-creator has decloud-validator.
func (c *Call) Other(role, line string) string {
	name := c.started()
	at := strings.LastIndex(name, c.App.Role)
	if at < 0 { // under a name of its own
		return "decloud-" + role + " " + line
	}
	return name[:at] + role + name[at+len(c.App.Role):] + " " + line
}

// Otherf is Other of a format; what is put into it is quoted as a shell needs it.
func (c *Call) Otherf(role, format string, args ...any) string {
	return c.Other(role, inShell(format, args))
}

// started is the program as it was started.
func (c *Call) started() string { return cmp.Or(c.program, c.App.Name) }

// ShellWord quotes a word for a shell where it needs that.
func ShellWord(word string) string {
	safe := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+:,@%", r)
	}
	if strings.IndexFunc(word, func(r rune) bool { return !safe(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

func (a *App) run(ctx context.Context, args []string, std IO, c *Call) error {
	if len(args) == 0 {
		c.showHelp(std.Err, a.help)
		return usageError{"a command is missing"}
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		var err error
		c.showHelp(std.Out, func(w io.Writer) { err = a.helpFor(w, args[1:]) })
		return err
	case "version", "-version", "--version":
		_, err := fmt.Fprintf(std.Out, "%s %s\n", a.Name, version(debug.ReadBuildInfo()))
		return err
	case "completion":
		return a.completion(std.Out, args[1:])
	}
	if err := a.checkKeys(args); err != nil {
		return err
	}
	cmd, path, rest, err := find(a.Commands, args)
	if err != nil {
		return err
	}
	if cmd.Bind == nil { // a group
		if len(rest) > 0 && isHelp(rest[0]) {
			c.showHelp(std.Out, func(w io.Writer) { a.helpGroup(w, path, cmd) })
			return nil
		}
		c.showHelp(std.Err, func(w io.Writer) { a.helpGroup(w, path, cmd) })
		wrong := ""
		if len(rest) > 0 {
			wrong = quoted(rest[0]) + " is no command here" + Meant(rest[0], commandNames(cmd.Sub)) + ": "
		}
		return usageError{fmt.Sprintf("%s%s needs one of its commands", wrong, path)}
	}
	c.Name, c.sends = path, cmd.sends
	fs := newFlags(path)
	fs.StringVar(&c.homeFlag, "home", "", "the app's own `directory` (default ~/.decloud-"+a.Role+")")
	fs.BoolVar(&c.JSON, "json", false, "print the result as one JSON object")
	action := cmd.Bind(fs)
	if c.Args, err = parse(fs, rest); err != nil {
		if err == flag.ErrHelp { //nolint:errorlint // flag returns it bare
			c.showHelp(std.Out, func(w io.Writer) { a.helpCommand(w, path, cmd, fs) })
			return nil
		}
		return err
	}
	if err := checkArgs(path, cmd.Args, len(c.Args)); err != nil {
		return err
	}
	if c.Home, err = a.home(c.homeFlag, std.Env); err != nil {
		return err
	}
	return action(ctx, c)
}

// home is the app's directory.
func (a *App) home(given string, env func(string) string) (string, error) {
	if given != "" {
		return filepath.Abs(expand(given, env))
	}
	user := env("HOME")
	if user == "" {
		return "", usageError{"HOME is not set: name the app's directory with --home"}
	}
	return filepath.Join(user, ".decloud-"+a.Role), nil
}

// expand turns a leading ~ into the user's directory.
func expand(path string, env func(string) string) string {
	if path == "~" || strings.HasPrefix(path, "~/") {
		return filepath.Join(env("HOME"), path[1:])
	}
	return path
}

// find follows the names in args down to a command.
func find(commands []Command, args []string) (cmd Command, path string, rest []string, err error) {
	for i, arg := range args {
		next, ok := named(commands, arg)
		if !ok {
			if i == 0 {
				if strings.HasPrefix(arg, "-") {
					return cmd, "", nil, usageError{"flags come after the command, as in: start --home DIR; --help lists the commands"}
				}
				// What was typed is not repeated: it may be a key.
				return cmd, "", nil, usageError{"no such command" + Meant(arg, typable(commands)) + "; --help lists them"}
			}
			return cmd, path, args[i:], nil
		}
		cmd, commands = next, next.Sub
		path = strings.TrimSpace(path + " " + arg)
	}
	return cmd, path, nil, nil
}

func named(commands []Command, name string) (Command, bool) {
	for _, c := range commands {
		if c.Name == name {
			return c, true
		}
	}
	return Command{}, false
}

// checkArgs compares the number of arguments with their description, in which
// <x> is needed, [x] may be left out, and … allows more.
func checkArgs(path, want string, n int) error {
	least := strings.Count(want, "<")
	most := least + strings.Count(want, "[")
	if strings.Contains(want, "…") {
		most = n
	}
	switch {
	case n < least:
		return usageError{fmt.Sprintf("%s needs %s; see %s --help", path, want, path)}
	case n > most && most == 0:
		return usageError{fmt.Sprintf("%s takes no arguments, and got %d; see %s --help", path, n, path)}
	case n > most:
		return usageError{fmt.Sprintf("%s takes %s and no more, and got %d arguments; see %s --help", path, want, n, path)}
	}
	return nil
}
