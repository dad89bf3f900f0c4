// Command table plays the attacks of package fairplay and writes what came of them into FAIRPLAY.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/decloud-sdk/decloud-go/internal/fairplay"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	seeds := flag.Uint64("seeds", 200, "seeds of every data set")
	only := flag.String("data", "", "play one data set only, and keep what the file says of the others")
	attack := flag.String("attack", "", "play attacks whose names contain this only, likewise")
	file := flag.String("file", "FAIRPLAY.md", "the file with the table")
	parallel := flag.Int("parallel", runtime.GOMAXPROCS(0), "seeds played at a time")
	flag.Parse()
	err := run(ctx, *file, *only, *attack, *seeds, *parallel)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// part is how many seeds are played before the file is written once more.
const part = 20

func run(ctx context.Context, file, only, attack string, seeds uint64, parallel int) error {
	tasks := fairplay.Tasks()
	if only != "" {
		task, err := fairplay.TaskOf(only)
		if err != nil {
			return err
		}
		tasks = []fairplay.Task{task}
	}
	for _, task := range tasks {
		start, all := time.Now(), map[fairplay.Case]fairplay.Tally{}
		cases := slices.DeleteFunc(fairplay.Cases(task), func(c fairplay.Case) bool { return !strings.Contains(c.Attack, attack) })
		for first := uint64(1); first <= seeds; first += part {
			last := min(first+part, seeds+1)
			tallies, err := fairplay.Run(ctx, task, cases, first, last, parallel)
			if err != nil {
				return err
			}
			for c, tally := range tallies {
				all[c] = all[c].Plus(tally)
			}
			if err := write(file, all); err != nil {
				return err
			}
			fmt.Printf("%v: %d seeds in %s\n", task.ID, last-1, time.Since(start).Round(time.Second))
		}
	}
	return nil
}

// The table stands between these lines.
const begin, end = "<!-- made by go run ./internal/fairplay/table -->\n", "<!-- end -->\n"

// write puts what was found out into the file.
func write(file string, tallies map[fairplay.Case]fairplay.Tally) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(text), begin)
	old, after, ends := strings.Cut(rest, end)
	if !ok || !ends {
		return errors.New(file + " does not have the lines between which the table stands")
	}
	table, err := fairplay.ParseTable(old)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	table.Add(tallies)
	return os.WriteFile(file, []byte(before+begin+"\n"+table.Markdown()+"\n"+end+after), 0o644)
}
