// Package apptest plays users of the example apps in tests: each has a home, a
// wallet and an environment of its own, and types command lines.
package apptest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/localnet"
)

// patience is how long a test waits for what should happen at once.
const patience = time.Minute

// Person is a user of one app.
type Person struct {
	T    testing.TB
	App  *app.App
	Home string // what the environment says HOME is
	Env  map[string]string
}

// New is a person without a wallet or settings.
func New(t testing.TB, a *app.App) *Person {
	return &Person{T: t, App: a, Home: t.TempDir(), Env: map[string]string{}}
}

// Settled is a person with a funded wallet, who has set up the app for a chain
// and a shared directory of CARs.
func Settled(t testing.TB, a *app.App, net *localnet.Network, cars string, settings ...string) *Person {
	p := New(t, a)
	p.Must(append([]string{"setup", "--new-wallet", "--custom-rpc", net.URL(), "--custom-ws", net.WSURL(), "--car-dir", cars}, settings...)...)
	p.Must("airdrop", "5")
	return p
}

func (p *Person) env(name string) string {
	if name == "HOME" {
		return p.Home
	}
	return p.Env[name]
}

// Result is what came of a command.
type Result struct {
	Code     int
	Out, Err string
}

// Type runs a command line to its end.
func (p *Person) Type(stdin string, args ...string) Result {
	p.T.Helper()
	var out, errs bytes.Buffer
	ctx, cancel := context.WithTimeout(p.T.Context(), patience)
	defer cancel()
	code := p.App.Run(ctx, args, app.IO{In: strings.NewReader(stdin), Out: &out, Err: &errs, Env: p.env})
	return Result{code, out.String(), errs.String()}
}

// Must runs a command line that has to succeed, and returns what it printed.
func (p *Person) Must(args ...string) string {
	p.T.Helper()
	r := p.Type("", args...)
	require.Zero(p.T, r.Code, "%v\n%s%s", args, r.Out, r.Err)
	return r.Out
}

// JSON runs a command line with --json and reads what it printed into v.
func (p *Person) JSON(v any, args ...string) {
	p.T.Helper()
	out := p.Must(append(args, "--json")...)
	d := json.NewDecoder(strings.NewReader(out))
	require.NoError(p.T, d.Decode(v), out)
	require.ErrorIs(p.T, d.Decode(new(any)), io.EOF, "one JSON value is printed: %s", out)
}

// Fails runs a command line that has to fail with this exit status, and whose
// error has to hold the text.
func (p *Person) Fails(code int, text string, args ...string) {
	p.T.Helper()
	r := p.Type("", args...)
	require.Equal(p.T, code, r.Code, "%v\n%s%s", args, r.Out, r.Err)
	require.Contains(p.T, r.Err, text, "%v", args)
}

// Wallet is the person's address.
func (p *Person) Wallet() solana.PublicKey {
	p.T.Helper()
	var balance struct{ Wallet string }
	p.JSON(&balance, "balance")
	return solana.MustPublicKeyFromBase58(balance.Wallet)
}

// Daemon is a command that runs until it is stopped.
type Daemon struct {
	t       testing.TB
	stop    context.CancelFunc
	code    chan int
	mu      sync.Mutex
	changed chan struct{} // closed and replaced when something was written
	out     bytes.Buffer
	Err     Errors
}

// Errors collects what a daemon writes to standard error.
type Errors struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (e *Errors) Write(b []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.buf.Write(b)
}

func (e *Errors) String() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.buf.String()
}

// Start runs a command line beside the test.
func (p *Person) Start(args ...string) *Daemon {
	ctx, cancel := context.WithCancel(p.T.Context())
	d := &Daemon{t: p.T, stop: cancel, code: make(chan int, 1), changed: make(chan struct{})}
	go func() {
		d.code <- p.App.Run(ctx, args, app.IO{In: strings.NewReader(""), Out: d, Err: &d.Err, Env: p.env})
	}()
	return d
}

// Write takes the daemon's output.
func (d *Daemon) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	close(d.changed)
	d.changed = make(chan struct{})
	return d.out.Write(b)
}

// Output is what the daemon has written so far.
func (d *Daemon) Output() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.out.String()
}

// Await waits until the daemon has written a text so many times.
func (d *Daemon) Await(text string, times int) {
	d.t.Helper()
	timeout := time.After(patience)
	for {
		d.mu.Lock()
		changed, n := d.changed, strings.Count(d.out.String(), text)
		d.mu.Unlock()
		if n >= times {
			return
		}
		select {
		case <-changed:
		case code := <-d.code:
			d.code <- code
			require.FailNow(d.t, "the daemon ended", "exit status %d before %q\n%s%s", code, text, d.Output(), d.Err.String())
		case <-timeout:
			require.FailNow(d.t, "nothing happens", "waited for %q\n%s%s", text, d.Output(), d.Err.String())
		}
	}
}

// Ended waits until the daemon ends by itself, and returns its exit status.
func (d *Daemon) Ended() int {
	d.t.Helper()
	select {
	case code := <-d.code:
		d.stop()
		return code
	case <-time.After(patience):
		require.FailNow(d.t, "the daemon does not end", "%s%s", d.Output(), d.Err.String())
		return -1
	}
}

// Stop interrupts the daemon, as Ctrl-C does, and returns its exit status.
func (d *Daemon) Stop() int {
	d.t.Helper()
	d.stop()
	select {
	case code := <-d.code:
		return code
	case <-time.After(patience):
		require.FailNow(d.t, "the daemon does not stop", "%s%s", d.Output(), d.Err.String())
		return -1
	}
}
