package faults

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"
)

// grace is how long a process may take to end after SIGTERM.
const grace = 30 * time.Second

// process is a program that is started again whenever it ends.
type process struct {
	name string
	dir  string
	argv []string
	line func(text string)           // is told what it writes to its standard output
	left func(e exit)                // is told when it ended
	wait func(context.Context) error // before each start

	mu   sync.Mutex
	cmd  *exec.Cmd // nil while it does not run
	born time.Time
	sent os.Signal // that we sent to this one
	when time.Time // we did
}

// exit is how a process ended.
type exit struct {
	sent  os.Signal // that we sent to it; nil: it ended by itself
	code  int       // -1 after a signal
	at    time.Time // when it got the signal, or else when it ended
	after time.Duration
	errs  string // what it wrote to its standard error, the end of it
}

// run runs the program until ctx ends; then it is killed.
func (p *process) run(ctx context.Context) error {
	for ctx.Err() == nil {
		if p.wait != nil {
			if err := p.wait(ctx); err != nil {
				return nil //nolint:nilerr // stopped
			}
		}
		e, err := p.once(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		if ctx.Err() == nil {
			p.left(e)
		}
		select { // as a service manager does
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	return nil
}

// once runs it once.
func (p *process) once(ctx context.Context) (exit, error) {
	cmd := exec.CommandContext(ctx, p.argv[0], p.argv[1:]...)
	cmd.Env = append(os.Environ(), "HOME="+p.dir, "XDG_CACHE_HOME="+p.dir+"/cache")
	errs := &tail{limit: 1 << 20}
	cmd.Stderr = errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		return exit{}, err
	}
	if err := cmd.Start(); err != nil {
		return exit{}, err
	}
	p.mu.Lock()
	p.cmd, p.born, p.sent = cmd, time.Now(), nil
	p.mu.Unlock()
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		p.line(lines.Text())
	}
	_, _ = io.Copy(io.Discard, out) // what follows a line that is too long
	_ = cmd.Wait()                  // the exit says how it ended
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cmd = nil
	e := exit{p.sent, cmd.ProcessState.ExitCode(), time.Now(), time.Since(p.born), errs.String()}
	if p.sent != nil {
		e.at = p.when
	}
	return e, nil
}

// signal sends a signal, unless the process does not run or is ending already.
func (p *process) signal(s os.Signal) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil || p.sent != nil {
		return false
	}
	p.sent, p.when = s, time.Now()
	return p.cmd.Process.Signal(s) == nil
}

// nudge sends a signal that does not end it.
func (p *process) nudge(s os.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		_ = p.cmd.Process.Signal(s)
	}
}

// pid is that of the process, 0 while it does not run.
func (p *process) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

// tail keeps the end of what is written to it.
type tail struct {
	limit int
	buf   bytes.Buffer
}

func (t *tail) Write(b []byte) (int, error) {
	t.buf.Write(b)
	if over := t.buf.Len() - t.limit; over > 0 {
		t.buf.Next(over)
	}
	return len(b), nil
}

func (t *tail) String() string { return t.buf.String() }
