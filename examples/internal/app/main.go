package app

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/decloud-sdk/decloud-go/examples/internal/signals"
)

// Main runs the command line of this process and exits with its status. The
// first Ctrl-C lets the command end in order, a second one ends it at once.
func Main(a *App) {
	told := &relay{w: os.Stderr} // what is told of signals goes above a live view, too
	ctx, stop := signals.Context(told)
	code := a.Run(ctx, os.Args[1:], IO{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.Getenv, Program: invoked(os.Args[0], a.Role),
		Console: console{os.Stdin, os.Stdout, os.Stderr, told}})
	stop()
	os.Exit(code)
}

// invoked is how the program was started, as far as its own name tells: "go run" makes a
// program in a directory of its own that is gone afterwards.
func invoked(program, role string) string {
	if strings.Contains(filepath.ToSlash(program), "/go-build") {
		return "go run ./examples/" + role
	}
	if dir, name := filepath.Split(program); filepath.IsAbs(dir) { // found in PATH, as a rule
		return name
	}
	return program
}
