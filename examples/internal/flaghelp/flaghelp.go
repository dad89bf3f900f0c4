// Package flaghelp shows the flags of commands, all in the same way.
package flaghelp

import (
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// ExitStatus says what the commands' exit statuses mean.
const ExitStatus = "exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted"

// Alias begins the usage of a flag that is a second name of another, whose name follows.
const Alias = "alias of --"

// Write lists flags: names, what they take, what they mean, and their defaults unless their
// texts say them.
func Write(w io.Writer, fs *flag.FlagSet) {
	fmt.Fprintln(w, "flags:")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fs.VisitAll(func(f *flag.Flag) {
		if strings.HasPrefix(f.Usage, Alias) {
			return
		}
		value, text := flag.UnquoteUsage(f)
		names := "--" + f.Name
		if len(f.Name) == 1 {
			names = "-" + f.Name
		}
		if second := aliasOf(fs, f.Name); second != "" {
			names = "-" + second + ", " + names
		}
		fmt.Fprintf(t, "  %s\t%s\n", strings.TrimSpace(names+" "+value), text+defaultOf(f, text))
	})
	_ = t.Flush()
}

func aliasOf(fs *flag.FlagSet, name string) (second string) {
	fs.VisitAll(func(f *flag.Flag) {
		if f.Usage == Alias+name {
			second = f.Name
			if len(second) > 1 {
				second = "-" + second
			}
		}
	})
	return second
}

// defaultOf shows a flag's default unless its text does, or it is nothing.
func defaultOf(f *flag.Flag, text string) string {
	switch f.DefValue {
	case "", "0", "0s", "false", "[redacted]":
		return ""
	}
	if strings.Contains(text, "default") {
		return ""
	}
	return " (default " + f.DefValue + ")"
}
