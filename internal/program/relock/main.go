// Command relock writes the lock file of a program in the working directory, which is the workspace; build.sh runs it.
//
//	relock -rustc VERSION -llvm VERSION NAME
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/decloud-sdk/decloud-go/internal/program"
)

func main() {
	rustc := flag.String("rustc", "", "version of the Rust compiler")
	llvm := flag.String("llvm", "", "version of LLVM")
	flag.Parse()
	if err := run(flag.Args(), *rustc, *llvm); err != nil {
		fmt.Fprintln(os.Stderr, "relock:", err)
		os.Exit(1)
	}
}

func run(args []string, rustc, llvm string) error {
	if len(args) != 1 {
		return errors.New("one argument is needed: the program's folder")
	}
	name := args[0]
	elf, err := os.ReadFile(filepath.Join(name, program.ELFFile))
	if err != nil {
		return err
	}
	lock, err := program.NewLock(os.DirFS("."), name, elf, rustc, llvm)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(lock, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(name, program.LockFile), append(text, '\n'), 0o644)
}
