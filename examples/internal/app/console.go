package app

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"sync"
	"time"

	"golang.org/x/term"
)

// Console is the terminal that an app is used at. A program in a pipe has none.
type Console interface {
	// ReadSecret shows a prompt and reads a line that is not echoed. It gives up when
	// done is closed, and leaves the terminal as it was.
	ReadSecret(prompt string, done <-chan struct{}) (string, error)
	// Size is that of the terminal the output goes to, in columns and rows. Zero: it goes
	// to none.
	Size() (columns, rows int)
}

// errNoTerminal says that nobody can be asked.
var errNoTerminal = errors.New("standard input is no terminal")

// console is the process's own.
type console struct {
	in, out, err *os.File
	told         *relay
}

// Above implements screened.
func (t console) Above(above func(io.Writer) io.Writer) { t.told.change(above) }

// screened is a Console on which more is written than what an app writes: of that, too,
// a live view has to know.
type screened interface {
	Above(above func(io.Writer) io.Writer)
}

// relay is a writer that can be changed while it is in use.
type relay struct {
	mu sync.Mutex
	w  io.Writer
}

func (r *relay) change(to func(io.Writer) io.Writer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.w = to(r.w)
}

// Write implements io.Writer.
func (r *relay) Write(text []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.w.Write(text)
}

// Size implements Console.
func (t console) Size() (columns, rows int) {
	columns, rows, err := term.GetSize(int(t.out.Fd()))
	if err != nil {
		return 0, 0
	}
	return columns, rows
}

// ReadSecret implements Console.
func (t console) ReadSecret(prompt string, done <-chan struct{}) (string, error) {
	fd := int(t.in.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", errNoTerminal
	}
	type line struct {
		text []byte
		err  error
	}
	read := make(chan line, 1)
	go func() {
		text, err := term.ReadPassword(fd)
		read <- line{text, err}
	}()
	for range 100 { // who types as soon as asked, as a program may, must not be echoed
		if now, err := term.GetState(fd); err != nil || !reflect.DeepEqual(now, before) {
			break
		}
		time.Sleep(time.Millisecond)
	}
	fmt.Fprint(t.err, prompt)
	select {
	case l := <-read:
		fmt.Fprintln(t.err)
		return string(l.text), l.err
	case <-done: // the reader is left to the end of the process
		return "", errors.Join(errInterrupted, term.Restore(fd, before))
	}
}

var errInterrupted = errors.New("interrupted")
