package app

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/decloud-sdk/decloud-go/examples/internal/flaghelp"
)

// showHelp writes a help text; a terminal gets it in its width.
func (c *Call) showHelp(w io.Writer, write func(io.Writer)) {
	columns, _, _ := c.terminal()
	var b bytes.Buffer
	write(&b)
	_, _ = io.WriteString(w, flaghelp.Wrap(b.String(), columns)) // there is nowhere else to say it
}

// help lists the commands.
func (a *App) help(w io.Writer) {
	fmt.Fprintf(w, "%s: %s\n\nusage: %s <command> [arguments] [flags]\n\ncommands:\n", a.Name, a.Summary, a.Name)
	list(w, "", a.Commands)
	fmt.Fprintf(w, `
Every command takes --home DIR (default ~/.decloud-%s) and --json; %s <command> --help tells the rest.
completion bash|zsh|fish prints what completes commands and flags in a shell; --version tells the version.

environment:
  %-34s  the wallet's secret key (base58), instead of its key file
  DECLOUD_PASSPHRASE                  the passphrase of an encrypted key file, where nobody is there to type it
  DECLOUD_PASSPHRASE_FILE             a file with that passphrase in its first line, which only its owner may read
  PINATA_API_KEY, PINATA_SECRET_KEY   credentials of Pinata, instead of those in the settings
  HF_TOKEN, HF_ENDPOINT               token and address of Hugging Face's hub, for hf_repo; also from a file .env

%s
`, a.Role, a.Name, a.keyVariable(), flaghelp.ExitStatus)
}

func list(w io.Writer, prefix string, commands []Command) {
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	for _, c := range commands {
		args := c.Args
		if c.Bind == nil {
			args = strings.Join(commandNames(c.Sub), "|")
		}
		fmt.Fprintf(t, "  %s%s\t%s\n", prefix, strings.TrimSpace(c.Name+" "+args), c.Summary)
	}
	_ = t.Flush()
}

func (a *App) helpGroup(w io.Writer, path string, c Command) {
	fmt.Fprintf(w, "%s\n\nusage: %s %s <command>\n\ncommands:\n", c.Summary, a.Name, path)
	list(w, path+" ", c.Sub)
}

// helpFor shows the help of a command that is named behind "help".
func (a *App) helpFor(w io.Writer, args []string) error {
	if len(args) == 0 {
		a.help(w)
		return nil
	}
	cmd, path, _, err := find(a.Commands, args)
	if err != nil {
		return err
	}
	if cmd.Bind == nil {
		a.helpGroup(w, path, cmd)
		return nil
	}
	fs := newFlags(path)
	cmd.Bind(fs)
	a.helpCommand(w, path, cmd, fs)
	return nil
}

func (a *App) helpCommand(w io.Writer, path string, c Command, fs *flag.FlagSet) {
	fmt.Fprintf(w, "%s\n\nusage: %s\n", c.Summary, strings.Join(strings.Fields(a.Name+" "+path+" "+c.Args+" [flags]"), " "))
	if c.Long != "" {
		fmt.Fprintf(w, "\n%s\n", strings.TrimSpace(c.Long))
	}
	if len(c.Sub) > 0 {
		fmt.Fprintf(w, "\ncommands:\n")
		list(w, path+" ", c.Sub)
	}
	fmt.Fprintln(w)
	flaghelp.Write(w, fs)
	if example := a.example(path); example != "" {
		fmt.Fprintf(w, "\nexample: %s %s\n", a.Name, example)
	}
	fmt.Fprintf(w, "\n%s\n", flaghelp.ExitStatus)
}

// examples are those of commands that several apps have.
var examples = map[string]string{
	"setup":           "setup --new-wallet --network localnet",
	"claim":           "claim 12 --dry-run",
	"stake":           "stake 0.5 --dry-run",
	"unstake":         "unstake 0.2",
	"airdrop":         "airdrop 2",
	"network":         "network localnet",
	"rpc set":         "rpc set https://rpc.example.org --ws none",
	"config":          "config --set priority_fee=auto",
	"dataset list":    "dataset list --available",
	"dataset set":     "dataset set Mnist data/mnist",
	"dataset remove":  "dataset remove Mnist",
	"dataset install": "dataset install Cifar10",
}

// example of how a command is typed, without the app's name.
func (a *App) example(path string) string { return cmp.Or(a.Examples[path], examples[path]) }
