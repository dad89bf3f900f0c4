package app

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/round"
)

// shells are those that completion can be written for.
var shells = []string{"bash", "zsh", "fish"}

// completion writes a script that completes an app's commands and flags. It is made of
// what the app has, and asks the app nothing while somebody types.
func (a *App) completion(w io.Writer, args []string) error {
	if len(args) != 1 || isHelp(args[0]) || !slices.Contains(shells, args[0]) {
		wrong := ""
		if len(args) == 1 {
			wrong = Meant(args[0], shells)
		}
		return usageError{fmt.Sprintf("completion needs bash, zsh or fish%s; as in: source <(%s completion bash), or: %s completion fish | source", wrong, a.Name, a.Name)}
	}
	words := a.words()
	if args[0] == "fish" {
		return a.fish(w, words)
	}
	if args[0] == "zsh" {
		fmt.Fprintf(w, "#compdef %s\nautoload -U +X bashcompinit && bashcompinit\n", a.Name)
	}
	return a.bash(w, words)
}

// words are what can be typed behind each path of commands; "" is the app itself.
func (a *App) words() map[string][]string {
	words := map[string][]string{"": typable(a.Commands), "completion": shells, "help": commandNames(a.Commands)}
	addWords(words, "", a.Commands)
	return words
}

func addWords(words map[string][]string, path string, commands []Command) {
	for _, c := range commands {
		at := strings.TrimSpace(path + " " + c.Name)
		words[at] = commandNames(c.Sub)
		if c.Bind != nil {
			fs := newFlags(at)
			c.Bind(fs)
			words[at] = append(words[at], append(flagsOf(fs), "--home", "--json", "--help")...)
			slices.Sort(words[at])
		}
		addWords(words, at, c.Sub)
	}
}

// values are what flags take, by flag: those of all apps, and the app's own.
func (a *App) values() map[string][]string {
	var sets, phases, settings []string
	for _, id := range dataset.IDs() {
		sets = append(sets, id.String())
	}
	for _, phase := range round.Phases() {
		phases = append(phases, string(phase))
	}
	if a.NewConfig != nil {
		for _, s := range a.NewConfig().Settings() {
			settings = append(settings, s.Key+"=")
		}
	}
	values := map[string][]string{"network": {localnet, devnet, mainnet}, "dataset": sets, "status": append([]string{"all", "active"}, phases...), "set": settings}
	maps.Copy(values, a.Values)
	return values
}

// bash writes a function that looks for the longest path of commands typed so far.
// Where it knows no words, the shell completes files.
func (a *App) bash(w io.Writer, words map[string][]string) error {
	name, values := "_"+strings.ReplaceAll(a.Name, "-", "_"), a.values()
	fmt.Fprintf(w, `%s() {
  local path="" word words
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "${path:+$path }$word" in
`, name)
	for _, path := range sortedPaths(words) {
		fmt.Fprintf(w, "      '%s') path='%s' ;;\n", path, path)
	}
	fmt.Fprint(w, "    esac\n  done\n  case \"$path\" in\n")
	for _, path := range append([]string{""}, sortedPaths(words)...) {
		fmt.Fprintf(w, "    '%s') words='%s' ;;\n", path, strings.Join(words[path], " "))
	}
	fmt.Fprint(w, "  esac\n  case \"${COMP_WORDS[COMP_CWORD-1]}\" in\n")
	for _, flag := range slices.Sorted(maps.Keys(values)) {
		fmt.Fprintf(w, "    --%s) words='%s' ;;\n", flag, strings.Join(values[flag], " "))
	}
	_, err := fmt.Fprintf(w, `  esac
  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F %s %s
`, name, a.Name)
	return err
}

func (a *App) fish(w io.Writer, words map[string][]string) error {
	name := "__" + strings.ReplaceAll(a.Name, "-", "_")
	fmt.Fprintf(w, `function %s
  set -l path ""
  for word in (commandline -opc)[2..]
    switch (string trim -- "$path $word")
`, name)
	for _, path := range sortedPaths(words) {
		fmt.Fprintf(w, "      case '%s'\n        set path '%s'\n", path, path)
	}
	fmt.Fprint(w, "    end\n  end\n  switch (commandline -opc)[-1]\n")
	values := a.values()
	for _, flag := range slices.Sorted(maps.Keys(values)) {
		fmt.Fprintf(w, "    case '--%s'\n      printf '%%s\\n' %s\n      return\n", flag, strings.Join(values[flag], " "))
	}
	fmt.Fprint(w, "  end\n  switch \"$path\"\n")
	for _, path := range append([]string{""}, sortedPaths(words)...) {
		fmt.Fprintf(w, "    case '%s'\n      printf '%%s\\n' %s\n", path, strings.Join(words[path], " "))
	}
	_, err := fmt.Fprintf(w, "  end\nend\ncomplete -c %s -a '(%s)'\n", a.Name, name)
	return err
}

func sortedPaths(words map[string][]string) (paths []string) {
	for path := range words {
		if path != "" {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}
