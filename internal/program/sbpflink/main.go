// Command sbpflink makes an sBPF version 0 program of one BPF object file, as the runtime's loader takes it.
//
// It stands in for the vendor's linker: LLVM's own llc writes the object, with everything in it but the syscalls.
//
//	sbpflink -o program.so object.o
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	out := flag.String("o", "program.so", "file to write")
	entry := flag.String("entry", "entrypoint", "name of the entry point")
	flag.Parse()
	if err := run(flag.Args(), *out, *entry); err != nil {
		fmt.Fprintln(os.Stderr, "sbpflink:", err)
		os.Exit(1)
	}
}

func run(args []string, out, entry string) error {
	if len(args) != 1 {
		return fmt.Errorf("one object file is needed, got %d arguments", len(args))
	}
	object, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	im, err := link(object, entry)
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	return os.WriteFile(out, write(im), 0o644)
}
