// Package external trains heads with a program of the user's own in place of package fit's engine: one in PyTorch, say,
// that uses a GPU. CONTRACT.md says what such a program gets and what it has to leave; testdata/fit.py is one.
//
//	c := external.Command{Args: []string{"python3", "fit.py"}, Output: os.Stderr}
//	config.Fit = func(ctx context.Context, t trainer.Task) (packagefmt.Network, fit.Result, error) {
//		return c.Train(ctx, t.Package.Head, t.Features, t.Labels, t.Options)
//	}
//
// The program is the user's, and runs with the user's rights; what it leaves is checked all the same, since its head is about to be signed
// and sent: names, shapes, finite numbers. Loss and accuracy are measured here ([fit.Adopt]), on samples that the program
// did not get where Options.HoldOut says so, and a head that is no better than the one it started from is refused.
// Privacy and WeightNoise are applied here, too.
package external

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// ErrCommand is wrapped by errors about a command that failed, or that left no head: the message has the end of what it printed.
var ErrCommand = errors.New("training command")

// DefaultGrace is how long a command has to end by itself, by default.
const DefaultGrace = 5 * time.Second

// Command is a program that trains heads.
type Command struct {
	// Args are the program and its arguments; the directory of one training is appended. Required.
	Args []string
	// TempDir is where directories of trainings are made, and removed again. They hold the samples' embeddings and labels, for the
	// user alone (0700). Default: the system's directory for temporary files.
	TempDir string
	// Output gets what the command prints, but for progress; no two Writes at a time. Default: nobody does; the end of it is in errors anyway.
	Output io.Writer
	// Grace is how long the command has to end after it was asked to (SIGTERM), before it and all that it has started is killed.
	// On Windows it is killed at once. Default [DefaultGrace].
	Grace time.Duration
	// Secrets names variables of the environment that the command gets although their names are those of secrets (CONTRACT.md), such as
	// HF_TOKEN. Those that begin with DECLOUD_ it never gets. Default: none.
	Secrets []string
}

// Train trains a head as [fit.Train] does. Options.Schedule must be nil and Options.Resume is not used: a command that was
// stopped begins anew. When ctx ends, so does the command, with the processes it has started; on Unix those that have left its process group
// (setsid) excepted. It fails with [ErrCommand], [fit.ErrNoGain], or as [fit.Train] does.
func (c Command) Train(ctx context.Context, head packagefmt.Network, x safetensors.Tensor, y []int, opts fit.Options) (packagefmt.Network, fit.Result, error) {
	fail := func(err error) (packagefmt.Network, fit.Result, error) {
		return packagefmt.Network{}, fit.Result{}, err
	}
	if len(c.Args) == 0 || c.Args[0] == "" {
		return fail(fmt.Errorf("%w: none is named", ErrCommand))
	}
	if err := checkTask(x, y, opts); err != nil {
		return fail(err)
	}
	dir, err := os.MkdirTemp(c.TempDir, "decloud-fit-*")
	if err != nil {
		return fail(err)
	}
	defer os.RemoveAll(dir)
	now := time.Now
	if opts.Now != nil {
		now = opts.Now
	}
	began := now()
	if err := writeTask(ctx, dir, head, x, y, opts); err != nil {
		return fail(err)
	}
	if err := c.run(ctx, dir, opts, began); err != nil {
		return fail(err)
	}
	trained, err := readTrained(dir, head)
	if err != nil {
		return fail(fmt.Errorf("%w: %w", ErrCommand, err))
	}
	out, result, err := fit.Adopt(ctx, head, trained, x, y, opts)
	result.Duration = now().Sub(began)
	return out, result, err
}

// run runs the command to its end.
func (c Command) run(ctx context.Context, dir string, opts fit.Options, began time.Time) error {
	args := append(append([]string{}, c.Args[1:]...), dir)
	cmd := exec.CommandContext(ctx, c.Args[0], args...)
	cmd.Env = environment(os.Environ(), c.Secrets)
	last := &tail{}
	out := io.Writer(last)
	if c.Output != nil {
		out = &oneAtATime{to: io.MultiWriter(last, c.Output)}
	}
	lines := &lines{to: out, progress: opts.OnProgress, began: began}
	cmd.Stdout, cmd.Stderr = lines, out
	cmd.WaitDelay = c.Grace
	if cmd.WaitDelay <= 0 {
		cmd.WaitDelay = DefaultGrace
	}
	err := runGroup(cmd)
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil // it ended well, and what it left behind, which held its output open, was killed
	}
	lines.end()
	if ctx.Err() != nil {
		return fmt.Errorf("the training command was stopped: %w", context.Cause(ctx))
	}
	if err != nil {
		return fmt.Errorf("%w: %s: %w: %s", ErrCommand, c.Args[0], err, last)
	}
	return nil
}

// environment is this process's without what is this project's, DECLOUD_PRIVATE_KEY among it, and without the secrets that are not allowed.
func environment(all, allowed []string) (kept []string) {
	for _, v := range all {
		name, _, _ := strings.Cut(v, "=")
		name = strings.ToUpper(name)
		if !strings.HasPrefix(name, "DECLOUD_") && (!isSecret(name) || slices.ContainsFunc(allowed, func(a string) bool { return strings.EqualFold(a, name) })) {
			kept = append(kept, v)
		}
	}
	return kept
}

// secrets are how words in the names of variables end that hold secrets; CONTRACT.md lists them.
var secrets = []string{"KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "JWT", "MNEMONIC"}

// isSecret reports whether a variable of this name, in capitals, holds a secret, as far as names say so.
func isSecret(name string) bool {
	if strings.HasPrefix(name, "PINATA_") || strings.HasPrefix(name, "LIGHTHOUSE_") {
		return true
	}
	for word := range strings.SplitSeq(name, "_") {
		for _, ending := range secrets {
			if strings.HasSuffix(strings.TrimSuffix(word, "S"), ending) {
				return true
			}
		}
	}
	return false
}

// oneAtATime keeps the writes of a command's two streams apart.
type oneAtATime struct {
	lock
	to io.Writer
}

func (o *oneAtATime) Write(p []byte) (int, error) {
	o.Lock()
	defer o.Unlock()
	return o.to.Write(p)
}

// maxTail is how much of what was printed an error holds, in bytes.
const maxTail = 2000

// tail keeps the end of what is written. The streams of a command are written by different goroutines.
type tail struct {
	lock
	end []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.Lock()
	defer t.Unlock()
	t.end = append(t.end, p...)
	if over := len(t.end) - maxTail; over > 0 {
		t.end = append([]byte(nil), t.end[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.Lock()
	defer t.Unlock()
	return strings.ToValidUTF8(string(bytes.TrimSpace(t.end)), "?")
}
