// Package litesvm runs litesvm, a real Solana runtime, in a Node process, for tests that compare our chain with it. It
// needs Linux x86-64, Node 20 and the package that `npm ci` installs in internal/difftest; DECLOUD_NODE_MODULES names
// another node_modules directory. For tests only.
package litesvm

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/decloud-sdk/decloud-go/internal/sourcedir"
)

// replyTimeout is how long litesvm may take for one reply.
const replyTimeout = 3 * time.Minute

// Process is a running litesvm. Its chain is a new one.
type Process struct {
	in  io.WriteCloser
	out *bufio.Reader
	cmd *exec.Cmd
}

// folder is where this package's source is.
func folder() string { return sourcedir.Find("internal/litesvm") }

// Modules returns the node_modules directory that has litesvm. The error says how to install it.
func Modules() (string, error) {
	dir := os.Getenv("DECLOUD_NODE_MODULES")
	if dir == "" {
		dir = filepath.Join(folder(), "..", "difftest", "node_modules")
	}
	if _, err := os.Stat(filepath.Join(dir, "litesvm-linux-x64-gnu", "package.json")); err != nil {
		return "", fmt.Errorf("litesvm is not installed: run `npm ci` in internal/difftest, on Linux x86-64 (%w)", err)
	}
	return dir, nil
}

// command is the driver's. The error says what to install.
func command() (*exec.Cmd, error) {
	modules, err := Modules()
	if err != nil {
		return nil, err
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, fmt.Errorf("node is not installed: it takes Node 20 or newer (%w)", err)
	}
	cmd := exec.Command(node, filepath.Join(folder(), "driver.js"))
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules)
	cmd.Stderr = os.Stderr
	return cmd, nil
}

// Installed returns an error that says what to install, nil if nothing is missing.
func Installed() error {
	_, err := command()
	return err
}

// Start starts litesvm. Stop it when done.
func Start() (*Process, error) {
	cmd, err := command()
	if err != nil {
		return nil, err
	}
	p := &Process{cmd: cmd}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReaderSize(out, 1<<20)
	if p.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	if _, err := p.Call(Request{Op: "reset"}); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return p, nil
}

// Stop ends the process.
func (p *Process) Stop() error {
	_ = p.in.Close()
	defer p.guard().Stop()
	_, _ = io.Copy(io.Discard, p.out)
	return p.cmd.Wait()
}

// Call sends a request and waits for the reply.
func (p *Process) Call(r Request) (reply Reply, err error) {
	defer p.guard().Stop()
	if err := json.NewEncoder(p.in).Encode(r); err != nil {
		return reply, fmt.Errorf("litesvm: %s: %w", r.Op, err)
	}
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return reply, fmt.Errorf("litesvm: %s: the driver ended: %w", r.Op, err)
	}
	if err := json.Unmarshal(line, &reply); err != nil {
		return reply, fmt.Errorf("litesvm: %s: %w", r.Op, err)
	}
	if reply.Fault != "" {
		return reply, fmt.Errorf("litesvm: %s: %s", r.Op, reply.Fault)
	}
	return reply, nil
}

// guard kills the process unless it is stopped in time.
func (p *Process) guard() *time.Timer {
	return time.AfterFunc(replyTimeout, func() { _ = p.cmd.Process.Kill() })
}
