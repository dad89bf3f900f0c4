// Command relock writes decloud.lock.json for the decloud.so in the working directory; build.sh runs it there.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"

	"github.com/decloud-sdk/decloud-go/internal/program"
)

func main() {
	rustc := flag.String("rustc", "", "version of the Rust compiler")
	llvm := flag.String("llvm", "", "version of LLVM")
	flag.Parse()
	if err := run(*rustc, *llvm); err != nil {
		fmt.Fprintln(os.Stderr, "relock:", err)
		os.Exit(1)
	}
}

func run(rustc, llvm string) error {
	elf, err := os.ReadFile("decloud.so")
	if err != nil {
		return err
	}
	lock, err := program.NewLock(os.DirFS("."), elf, rustc, llvm)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(lock, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile("decloud.lock.json", append(text, '\n'), 0o644)
}
