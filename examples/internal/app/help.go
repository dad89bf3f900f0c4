package app

import (
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// help lists the commands.
func (a *App) help(w io.Writer) {
	fmt.Fprintf(w, "%s: %s\n\nusage: %s <command> [arguments] [flags]\n\ncommands:\n", a.Name, a.Summary, a.Name)
	list(w, "", a.Commands)
	fmt.Fprintf(w, `
Every command takes --home DIR (default ~/.decloud-%s) and --json; %s <command> --help tells the rest.
completion bash|zsh|fish prints what completes commands and flags in a shell; --version tells the version.

environment:
  DECLOUD_PRIVATE_KEY                 the wallet's secret key (base58), instead of the one in the settings
  DECLOUD_PASSPHRASE                  the passphrase of an encrypted key file, where nobody is there to type it
  DECLOUD_PASSPHRASE_FILE             a file with that passphrase in its first line, which only its owner may read
  PINATA_API_KEY, PINATA_SECRET_KEY   credentials of Pinata, instead of those in the settings
  HF_TOKEN, HF_ENDPOINT               token and address of Hugging Face's hub, for hf_repo; also from a file .env

exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted
`, a.Role, a.Name)
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
	fmt.Fprintf(w, "\nflags:\n")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fs.VisitAll(func(f *flag.Flag) {
		if strings.HasPrefix(f.Usage, aliasOf) {
			return
		}
		value, text := flag.UnquoteUsage(f)
		names := "--" + f.Name
		if short := shortOf(fs, f.Name); short != "" {
			names = "-" + short + ", " + names
		}
		fmt.Fprintf(t, "  %s\t%s\n", strings.TrimSpace(names+" "+value), text+defaultOf(f, text))
	})
	_ = t.Flush()
}

func shortOf(fs *flag.FlagSet, name string) (short string) {
	fs.VisitAll(func(f *flag.Flag) {
		if f.Usage == aliasOf+name {
			short = f.Name
		}
	})
	return short
}

// defaultOf shows a flag's default unless its text does, or it is nothing.
func defaultOf(f *flag.Flag, text string) string {
	switch f.DefValue {
	case "", "0", "false", "[redacted]":
		return ""
	}
	if strings.Contains(text, "default") {
		return ""
	}
	return " (default " + f.DefValue + ")"
}
