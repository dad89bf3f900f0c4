// Command unpack makes of a Parquet data set, as Hugging Face's hub has them, files
// that the apps read:
//
//	go run ./unpack DOWNLOADED-FOLDER ag_news
//	validator dataset set AgNews ag_news --header yes …
//
// It reads a file, or a folder with the shards of the parts train and test, and
// writes OUT/train.csv and OUT/test.csv, or OUT/train and OUT/test with a folder of
// pictures for each class. Then it prints the command that names them to an app.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/parquet"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "unpack:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("unpack", flag.ContinueOnError)
	label := flags.String("label", "", "the label's `column` (default: label, or the only one with names of classes)")
	pictures := flags.String("pictures", "", "the `column` of pictures (default: as the file says)")
	flags.Usage = func() {
		fmt.Fprintf(flags.Output(), "usage: unpack [flags] PARQUET-FILE-OR-FOLDER OUT\n")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 2 {
		flags.Usage()
		return errors.New("want the Parquet file or folder, and the folder to write")
	}
	path, dir := flags.Arg(0), flags.Arg(1)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	defer os.Remove(dir) // which keeps what is not empty
	written := 0
	for _, part := range parts(path) {
		u, err := parquet.Unpack(path, part, filepath.Join(dir, string(part)), dataset.Options{Label: *label, X: *pictures})
		if errors.Is(err, dataset.ErrNoPart) {
			fmt.Fprintf(out, "%s: not there\n", part)
			continue
		}
		if err != nil {
			return errors.New(strings.NewReplacer("Options.Label", "-label", "Options.X", "-pictures").Replace(err.Error()))
		}
		written++
		tell(out, part, u)
		if written == 1 {
			defer next(out, dir, u)
		}
	}
	if written == 0 {
		return fmt.Errorf("%s: neither a train nor a test part", path)
	}
	return nil
}

// parts are those that path may have: of one file, the one that its name tells.
func parts(path string) []dataset.Part {
	if info, err := os.Stat(path); err != nil || info.IsDir() {
		return []dataset.Part{dataset.Train, dataset.Test}
	}
	if _, err := dataset.Test.Pick([]string{filepath.Base(path)}); err != nil {
		return []dataset.Part{dataset.Train}
	}
	if _, err := dataset.Train.Pick([]string{filepath.Base(path)}); err != nil {
		return []dataset.Part{dataset.Test}
	}
	return []dataset.Part{dataset.Train} // the name tells none
}

// tell says what was written.
func tell(out io.Writer, part dataset.Part, u parquet.Unpacked) {
	fmt.Fprintf(out, "%s: %d samples of %d files; the label is column %q\n", part, u.Rows, len(u.Files), u.Label)
	for _, note := range u.Notes {
		fmt.Fprintf(out, "%s: %s\n", part, note)
	}
}

// next prints the command that names the data to an app.
func next(out io.Writer, dir string, u parquet.Unpacked) {
	command := "dataset set NAME " + quoted(dir)
	if u.Table {
		command += " --header yes --label " + quoted(u.Label)
	}
	if len(u.Texts) > 0 {
		command += " --text " + quoted(strings.Join(u.Texts, ","))
	}
	switch commas := strings.Contains(strings.Join(u.Classes, ""), ","); {
	case commas:
		fmt.Fprintf(out, "names of classes have commas, so that --classes cannot list them: they are in alphabetical order, unless a package says otherwise\n")
	case u.Classes != nil:
		command += " --classes " + quoted(strings.Join(u.Classes, ","))
	}
	fmt.Fprintf(out, "next: trainer %s\n", command)
}

// quoted is a word of a shell.
func quoted(text string) string {
	if strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-,./") == "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
