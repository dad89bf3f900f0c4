package app

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/decloud-sdk/decloud-go/examples/internal/flaghelp"
)

// newFlags are a command's flags. Errors are told once, by exit.
func newFlags(name string) *flag.FlagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	return fs
}

// Alias gives a flag a second name, as a rule a letter.
func Alias(fs *flag.FlagSet, short, name string) {
	fs.Var(fs.Lookup(name).Value, short, flaghelp.Alias+name)
}

// parse parses flags wherever they stand: before, between and behind the
// arguments. After "--" everything is an argument.
func parse(fs *flag.FlagSet, args []string) (rest []string, err error) {
	var behind []string
	if i := slices.Index(args, "--"); i >= 0 {
		args, behind = args[:i], args[i+1:]
	}
	for {
		if err := fs.Parse(args); err != nil {
			return nil, flagError(fs, err)
		}
		if args = fs.Args(); len(args) == 0 {
			return append(rest, behind...), nil
		}
		rest, args = append(rest, args[0]), args[1:]
	}
}

// flagError says what is wrong about a flag, without the flag's value: that may
// be a key.
func flagError(fs *flag.FlagSet, err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return flag.ErrHelp
	}
	text := err.Error()
	see := fmt.Sprintf("; see %s --help", fs.Name())
	if strings.HasPrefix(text, "invalid") {
		if name, reason, ok := invalid(text); ok {
			return usageError{fmt.Sprintf("%s: %s%s", dashed(name), reason, see)}
		}
	}
	if name, ok := strings.CutPrefix(text, "flag needs an argument: -"); ok {
		return usageError{fmt.Sprintf("%s needs a value%s", dashed(name), see)}
	}
	if name, ok := strings.CutPrefix(text, "flag provided but not defined: -"); ok {
		name, _, _ = strings.Cut(name, "=")
		if _, err := strconv.ParseFloat(name, 64); err == nil {
			return usageError{fmt.Sprintf("-%.16s: a number here is not negative%s", name, see)}
		}
		if len(name) > 32 {
			name = "…"
		}
		return usageError{fmt.Sprintf("there is no flag --%s%s%s", name, Meant(name, flagsOf(fs)), see)}
	}
	return usageError{"the flags cannot be read" + see}
}

// flagsOf are the flags' names, as they are typed.
func flagsOf(fs *flag.FlagSet) (all []string) {
	fs.VisitAll(func(f *flag.Flag) {
		if len(f.Name) > 1 {
			all = append(all, "--"+f.Name)
		}
	})
	return all
}

// invalid takes apart what package flag says about a value that does not fit:
// invalid value "x" for flag -name: reason.
func invalid(text string) (name, reason string, ok bool) {
	i := strings.LastIndex(text, " for flag -")
	if i < 0 {
		i = strings.LastIndex(text, " for -") // boolean flags
		if i < 0 {
			return "", "", false
		}
		text = text[i+len(" for -"):]
	} else {
		text = text[i+len(" for flag -"):]
	}
	name, reason, ok = strings.Cut(text, ": ")
	if reason == "parse error" {
		reason = "expected a value of another kind"
	}
	return name, reason, ok
}

// dashed is a flag's name as it is typed.
func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

func isHelp(arg string) bool {
	return arg == "-h" || arg == "-help" || arg == "--help" || arg == "help"
}
